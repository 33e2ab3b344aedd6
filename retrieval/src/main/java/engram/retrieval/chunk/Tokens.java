package engram.retrieval.chunk;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingResult;
import com.knuddels.jtokkit.api.EncodingType;

/// Counts tokens as OpenAI's `o200k_base` does. It cuts most languages about as finely as English,
/// so a size in tokens is about as much text in each; of `cl100k_base`, which OpenAI's embedding
/// models read, Greek takes twice as many. Text that looks like a special token is counted as text.
public final class Tokens {
  /// Loading takes a fraction of a second, so not before the first count.
  private static final class Loaded {
    static final EncodingRegistry ENCODINGS = Encodings.newLazyEncodingRegistry();
    static final Encoding ENCODING = ENCODINGS.getEncoding(EncodingType.O200K_BASE);
  }

  private Tokens() {}

  /// Half a surrogate pair counts as the replacement character that it is sent as.
  public static int count(String text) {
    return Loaded.ENCODING.countTokensOrdinary(paired(text));
  }

  /// As many as `text` has for OpenAI's embedding models.
  static int countEmbedded(String text) {
    return Loaded.ENCODINGS.getEncoding(EncodingType.CL100K_BASE).countTokensOrdinary(paired(text));
  }

  /// Where the first `maxTokens` tokens of `[start, limit)` end at the latest: never inside a
  /// character, never at `start`, and so that what stands before it counts no more.
  static int end(String text, int start, int limit, int maxTokens) {
    // No text has more characters to a token on average: no huge string is encoded as a whole.
    int slice = unpaired(text, start, (int) Math.min(limit, start + maxTokens * 12L));
    EncodingResult first =
        Loaded.ENCODING.encodeOrdinary(paired(text.substring(start, slice)), maxTokens);
    int end = first.isTruncated() ? start + first.getLastProcessedCharacterIndex() + 1 : slice;
    end = Math.max(unpaired(text, start, end), start + 1);
    // A part may count more than it did within the whole.
    while (end - start > 2 && count(text.substring(start, end)) > maxTokens) {
      end = unpaired(text, start, start + (end - start) * 7 / 8);
    }
    return end == start + 1 && end < limit && Character.isHighSurrogate(text.charAt(start))
        ? end + 1
        : end;
  }

  private static int unpaired(String text, int start, int end) {
    boolean inside =
        end > start
            && end < text.length()
            && Character.isHighSurrogate(text.charAt(end - 1))
            && Character.isLowSurrogate(text.charAt(end));
    return inside ? end - 1 : end;
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
