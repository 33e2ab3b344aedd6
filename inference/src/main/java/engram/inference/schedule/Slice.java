package engram.inference.schedule;

import engram.inference.KvPolicy.Moment;
import org.jspecify.annotations.Nullable;

/// Some tokens that follow what a sequence has.
///
/// @param rows of how many of the last tokens the scores are wanted, from 0
/// @param moment what of the request it is: a piece of the prompt, its last one, or output
/// @param attention who reads the rows of attention of its queries
@SuppressWarnings("ArrayRecordComponent") // never compared; one for each sequence and pass
public record Slice(
    CachedSequence sequence,
    int[] tokens,
    int rows,
    Moment moment,
    @Nullable AttentionReader attention) {
  public Slice {
    if (tokens.length == 0 || rows < 0 || rows > tokens.length) {
      throw new IllegalArgumentException(tokens.length + " tokens, " + rows + " rows");
    }
  }

  public boolean endsPrompt() {
    return moment == Moment.PREFILL_END;
  }

  /// Tokens and rows only.
  static Slice of(CachedSequence sequence, int[] tokens, int rows) {
    return new Slice(sequence, tokens, rows, Moment.DECODE, null);
  }
}
