package engram.inference.schedule;

import org.jspecify.annotations.Nullable;

/// Some tokens that follow what a sequence has.
///
/// @param rows of how many of the last tokens the scores are wanted, from 0
/// @param endsPrompt whether the prompt is complete with it
/// @param attention who reads the rows of attention of its queries
@SuppressWarnings("ArrayRecordComponent") // never compared; one for each sequence and pass
public record Slice(
    CachedSequence sequence,
    int[] tokens,
    int rows,
    boolean endsPrompt,
    @Nullable AttentionReader attention) {
  public Slice {
    if (tokens.length == 0 || rows < 0 || rows > tokens.length) {
      throw new IllegalArgumentException(tokens.length + " tokens, " + rows + " rows");
    }
  }

  /// Tokens and rows only.
  static Slice of(CachedSequence sequence, int[] tokens, int rows) {
    return new Slice(sequence, tokens, rows, false, null);
  }
}
