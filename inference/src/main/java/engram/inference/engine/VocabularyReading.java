package engram.inference.engine;

import engram.inference.VocabularyFile;
import engram.inference.model.file.MappedFile;
import engram.inference.model.file.ModelFileException;
import engram.inference.model.gguf.GgufFile;
import engram.inference.tokenizer.GgufVocabulary;
import engram.inference.tokenizer.SentencePieceFile;
import engram.inference.tokenizer.TiktokenFile;
import engram.inference.tokenizer.Tokenizer;
import engram.inference.tokenizer.TokenizerFileException;
import engram.inference.tokenizer.TokenizerJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Vocabularies by themselves, told apart by what their files begin with.
final class VocabularyReading {
  private static final int HEAD_BYTES = 64;

  /// How texts are split, by what the name of a tiktoken file has in it.
  private static final Map<String, String> FAMILIES = new LinkedHashMap<>();

  static {
    FAMILIES.put("cl100k", "cl100k");
    FAMILIES.put("o200k", "o200k");
    FAMILIES.put("r50k", "r50k");
    FAMILIES.put("p50k", "r50k");
    FAMILIES.put("qwen", "qwen2");
    FAMILIES.put("tokenizer.model", "llama3");
  }

  private static final Pattern TIKTOKEN =
      Pattern.compile("[A-Za-z0-9+/]+={0,2} \\d+\\R.*", Pattern.DOTALL);

  private VocabularyReading() {}

  static VocabularyFile read(Path file) throws IOException {
    try {
      Tokenizer tokenizer = tokenizer(file);
      return text -> tokenizer.encode(text, false, false).length;
    } catch (TokenizerFileException | ModelFileException damaged) {
      throw new IllegalArgumentException(
          file + " is no vocabulary: " + damaged.getMessage(), damaged);
    }
  }

  private static Tokenizer tokenizer(Path file) throws IOException {
    String head = head(file);
    if (head.startsWith("GGUF")) {
      try (GgufFile gguf = GgufFile.open(file)) {
        return GgufVocabulary.read(gguf.metadata().values());
      }
    }
    if (head.stripLeading().startsWith("{")) {
      return TokenizerJson.read(MappedFile.read(file, Tokenizer.FILE_BYTES_MAX));
    }
    if (TIKTOKEN.matcher(head).matches()) {
      return TiktokenFile.read(
          MappedFile.read(file, Tokenizer.FILE_BYTES_MAX), family(file), Map.of());
    }
    return SentencePieceFile.read(MappedFile.read(file, Tokenizer.FILE_BYTES_MAX));
  }

  private static String head(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(HEAD_BYTES), StandardCharsets.ISO_8859_1);
    }
  }

  private static String family(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return FAMILIES.entrySet().stream()
        .filter(family -> name.contains(family.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(() ->
            new TokenizerFileException(
                "the name of a tiktoken file says how it splits texts, and has one of "
                    + String.join(", ", FAMILIES.keySet())
                    + " in it"));
  }
}
