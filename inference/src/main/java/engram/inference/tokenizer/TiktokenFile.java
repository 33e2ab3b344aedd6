package engram.inference.tokenizer;

import engram.inference.tokenizer.normalize.Normalizer;
import engram.inference.tokenizer.segment.Bpe;
import engram.inference.tokenizer.segment.ByteAlphabet;
import engram.inference.tokenizer.split.Families;
import engram.inference.tokenizer.split.Splitter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A tiktoken file: a token's bytes in base 64 and its rank, which is its id, on each line.
///
/// The file says neither how texts are split nor which special tokens there are: the caller does.
public final class TiktokenFile {
  private TiktokenFile() {}

  /// @param file the whole content
  /// @param family how texts are split: `r50k`, `cl100k`, `o200k` or another name of [Families]
  /// @param special ids of special tokens by their content
  /// @throws TokenizerFileException if the file is damaged, too large, or the family unknown
  public static Tokenizer read(byte[] file, String family, Map<String, Integer> special) {
    Limits.check("the file has a length of", file.length, Limits.MAX_FILE_BYTES);
    Splitter splitter =
        Families.of(family)
            .orElseThrow(
                () -> new TokenizerFileException("the family '" + family + "' is not known"));
    Map<String, Integer> ranks = ranks(file);
    int size = 1 + ranks.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
    for (Map.Entry<String, Integer> token : special.entrySet()) {
      Limits.check("the id of " + token.getKey(), token.getValue(), Limits.MAX_TOKENS - 1);
      size = Math.max(size, token.getValue() + 1);
    }
    @Nullable String[] tokens = new @Nullable String[size];
    byte[][] bytes = new byte[size][];
    Arrays.fill(bytes, new byte[0]);
    ranks.forEach((spelled, rank) -> {
      tokens[rank] = spelled;
      bytes[rank] = Spellings.byteLevel(spelled, true);
    });
    Map<String, Integer> ids = new HashMap<>(ranks);
    List<AddedToken> added = new ArrayList<>();
    special.forEach((content, id) -> {
      tokens[id] = content;
      bytes[id] = Spellings.utf8(content);
      ids.put(content, id);
      added.add(AddedToken.special(id, content));
    });
    int[] rankOfId = new int[size];
    Arrays.setAll(rankOfId, id -> id);
    return new Tokenizer(
        new Tokenizer.Parts(
            tokens,
            ids,
            added,
            Normalizer.none(),
            splitter,
            Bpe.ofRanks(ranks, ranks, rankOfId, Bpe.Settings.bytes(true)),
            Template.PLAIN,
            new Spelling(bytes, new Spelling.Joint.Nothing(), 0),
            KnownTokens.complete(Map.of(), special, true),
            null,
            0));
  }

  private static Map<String, Integer> ranks(byte[] file) {
    Map<String, Integer> ranks = new HashMap<>();
    String[] lines = new String(file, StandardCharsets.US_ASCII).split("\n", -1);
    Limits.check("the number of lines is", lines.length, Limits.MAX_TOKENS);
    for (int number = 0; number < lines.length; number++) {
      String line = lines[number].strip();
      if (line.isEmpty()) {
        continue;
      }
      int border = line.indexOf(' ');
      try {
        byte[] bytes = Base64.getDecoder().decode(line.substring(0, Math.max(0, border)));
        int rank = Integer.parseInt(line.substring(border + 1).strip());
        Limits.check("a token has a length of", bytes.length, Limits.MAX_TOKEN_CHARACTERS);
        Limits.check("a rank is", rank, Limits.MAX_TOKENS - 1);
        if (bytes.length == 0) {
          throw new IllegalArgumentException("no token");
        }
        ranks.put(ByteAlphabet.spell(bytes), rank);
      } catch (IllegalArgumentException damaged) {
        throw new TokenizerFileException(
            "line " + (number + 1) + " is no token and rank: " + damaged.getMessage(), damaged);
      }
    }
    if (ranks.isEmpty()) {
      throw new TokenizerFileException("the file has no tokens");
    }
    return ranks;
  }
}
