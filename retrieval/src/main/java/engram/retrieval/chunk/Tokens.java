package engram.retrieval.chunk;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;

/// Counts tokens as OpenAI's `cl100k_base` does, the vocabulary of its embedding models. Text that
/// looks like a special token is counted as text.
public final class Tokens {
  /// Loading takes a fraction of a second, so not before the first count.
  private static final class Loaded {
    static final Encoding ENCODING =
        Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);
  }

  private Tokens() {}

  /// Half a surrogate pair counts as the replacement character that it is sent as.
  public static int count(String text) {
    return Loaded.ENCODING.countTokensOrdinary(paired(text));
  }

  /// The tokenizer takes well-formed text only; callers and models may send anything.
  private static String paired(String text) {
    StringBuilder repaired = null;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean pair =
          Character.isHighSurrogate(c)
              && at + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(at + 1));
      if (pair) {
        at++;
      } else {
        repaired = repaired == null ? new StringBuilder(text) : repaired;
        repaired.setCharAt(at, '\uFFFD');
      }
    }
    return repaired == null ? text : repaired.toString();
  }
}
