package engram.inference.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// How tokens that were read back become text: what each one spells, and what stands between.
///
/// @param bytes by id: what each token spells, whatever stands beside it
/// @param joint what stands between tokens
/// @param stripped so many spaces at the beginning of a text go
@SuppressWarnings("ArrayRecordComponent") // never compared
record Spelling(byte[][] bytes, Joint joint, int stripped) {
  /// Between tokens.
  sealed interface Joint {
    /// Nothing.
    record Nothing() implements Joint {}

    /// A space, but not before pieces that go on with a word: BERT's.
    ///
    /// @param inside by id: whether the piece goes on with a word
    /// @param tidy spaces before punctuation and contractions go
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Words(boolean[] inside, boolean tidy) implements Joint {}

    /// A space behind each token that ends a word, but not behind the last.
    ///
    /// @param ends by id
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Endings(boolean[] ends) implements Joint {}
  }

  // In the order in which they are replaced, in pairs.
  private static final List<String> TIDIED =
      List.of(
          " .", ".", " ?", "?", " !", "!", " ,", ",", " ' ", "'", " n't", "n't", " 'm", "'m",
          " do not", " don't", " 's", "'s", " 've", "'ve", " 're", "'re");

  /// What a token adds to a text.
  ///
  /// @param first whether nothing stands before it
  /// @param before the token before it, or -1
  byte[] append(int id, boolean first, int before) {
    byte[] own = bytes[id];
    return switch (joint) {
      case Joint.Nothing() -> own;
      case Joint.Words(var inside, var tidy) -> {
        String text = new String(own, StandardCharsets.UTF_8);
        String spaced = first || inside[id] ? text : " " + text;
        yield (tidy ? tidied(spaced) : spaced).getBytes(StandardCharsets.UTF_8);
      }
      case Joint.Endings(var ends) -> {
        if (before < 0 || !ends[before]) {
          yield own;
        }
        byte[] spaced = new byte[own.length + 1];
        spaced[0] = ' ';
        System.arraycopy(own, 0, spaced, 1, own.length);
        yield spaced;
      }
    };
  }

  private static String tidied(String text) {
    String tidied = text;
    for (int i = 0; i < TIDIED.size(); i += 2) {
      tidied = tidied.replace(TIDIED.get(i), TIDIED.get(i + 1));
    }
    return tidied;
  }
}
