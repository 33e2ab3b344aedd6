package engram.retrieval.pack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/// Counts tokens by a SentencePiece vocabulary with byte fallback, read from a GGUF file: pairs are
/// joined by the highest score first, as llama.cpp does.
final class SentencePieceCount implements ToIntFunction<String> {
  private static final char SPACE = '\u2581';
  private final Map<String, Float> scores = new HashMap<>();

  SentencePieceCount(Path gguf) {
    Map<String, Object> metadata = metadata(gguf);
    List<?> tokens = (List<?>) metadata.get("tokenizer.ggml.tokens");
    List<?> all = (List<?>) metadata.get("tokenizer.ggml.scores");
    for (int index = 0; index < tokens.size(); index++) {
      scores.put((String) tokens.get(index), (Float) all.get(index));
    }
  }

  @Override
  public int applyAsInt(String text) {
    String spaced = text.isEmpty() ? "" : SPACE + text.replace(' ', SPACE);
    int count = 0;
    int at = 0;
    // No token goes on after a space that follows a letter, so words can be taken one by one.
    while (at < spaced.length()) {
      int end = at;
      while (end < spaced.length() && spaced.charAt(end) == SPACE) {
        end++;
      }
      while (end < spaced.length() && spaced.charAt(end) != SPACE) {
        end++;
      }
      count += word(spaced.substring(at, end));
      at = end;
    }
    return count;
  }

  private int word(String word) {
    List<String> pieces = new ArrayList<>();
    word.codePoints().forEach(point -> pieces.add(Character.toString(point)));
    int best = bestPair(pieces);
    while (best >= 0) {
      pieces.set(best, pieces.get(best) + pieces.remove(best + 1));
      best = bestPair(pieces);
    }
    return pieces.stream()
        .mapToInt(
            piece -> scores.containsKey(piece) ? 1 : piece.getBytes(StandardCharsets.UTF_8).length)
        .sum();
  }

  private int bestPair(List<String> pieces) {
    float most = Float.NEGATIVE_INFINITY;
    int best = -1;
    for (int index = 0; index + 1 < pieces.size(); index++) {
      Float score = scores.get(pieces.get(index) + pieces.get(index + 1));
      if (score != null && score > most) {
        most = score;
        best = index;
      }
    }
    return best;
  }

  private static Map<String, Object> metadata(Path gguf) {
    try {
      ByteBuffer file =
          ByteBuffer.wrap(Files.readAllBytes(gguf)).order(ByteOrder.LITTLE_ENDIAN).position(16);
      Map<String, Object> metadata = new HashMap<>();
      for (long left = file.getLong(); left > 0; left--) {
        metadata.put(string(file), value(file, file.getInt()));
      }
      return metadata;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String string(ByteBuffer file) {
    byte[] bytes = new byte[(int) file.getLong()];
    file.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Object value(ByteBuffer file, int type) {
    return switch (type) {
      case 0, 1, 7 -> file.get();
      case 2, 3 -> file.getShort();
      case 4, 5 -> file.getInt();
      case 6 -> file.getFloat();
      case 8 -> string(file);
      case 9 -> {
        int of = file.getInt();
        List<Object> list = new ArrayList<>();
        for (long left = file.getLong(); left > 0; left--) {
          list.add(value(file, of));
        }
        yield list;
      }
      case 10, 11 -> file.getLong();
      case 12 -> file.getDouble();
      default -> throw new IllegalArgumentException("GGUF type " + type);
    };
  }
}
