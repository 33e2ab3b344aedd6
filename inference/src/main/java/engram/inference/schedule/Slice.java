package engram.inference.schedule;

/// Some tokens that follow what a sequence has.
///
/// @param rows of how many of the last tokens the scores are wanted, from 0
@SuppressWarnings("ArrayRecordComponent") // never compared; one for each sequence and pass
public record Slice(CachedSequence sequence, int[] tokens, int rows) {
  public Slice {
    if (tokens.length == 0 || rows < 0 || rows > tokens.length) {
      throw new IllegalArgumentException(tokens.length + " tokens, " + rows + " rows");
    }
  }
}
