package engram.inference;

/// What a [KvPolicy] sees of one layer's cache. Signals that were not declared are empty.
///
/// @param positions `[Hkv][entries]`, of the cached tokens, ascending; heads may have kept
///   different ones
/// @param mass `[Hkv][entries]`, for [Signal#COLSUM_W] or [Signal#COLSUM_ALL]: the attention that
///   each entry got, summed over the queries and averaged over the query heads of the group
/// @param logProbs by position, for [Signal#LOGPROB]: of each token given those before; the first
///   one's is 0
/// @param edits by position: how often this cache was cut down since the token was written
@SuppressWarnings("ArrayRecordComponent") // never compared; views, made once for each edit
public record KvView(
    int layer, int layers, int[][] positions, float[][] mass, float[] logProbs, int[] edits) {
  public static final KvView EMPTY =
      new KvView(0, 1, new int[0][], new float[0][], new float[0], new int[0]);

  public KvView {
    if (mass.length != 0 && mass.length != positions.length) {
      throw new IllegalArgumentException(
          "mass of " + mass.length + " heads, positions of " + positions.length);
    }
    for (int head = 0; head < mass.length; head++) {
      if (mass[head].length != positions[head].length) {
        throw new IllegalArgumentException(
            "head %d has %d entries and mass of %d"
                .formatted(head, positions[head].length, mass[head].length));
      }
    }
  }

  public int kvHeads() {
    return positions.length;
  }
}
