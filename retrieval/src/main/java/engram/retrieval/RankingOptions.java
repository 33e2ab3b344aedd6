package engram.retrieval;

import org.jspecify.annotations.Nullable;

/// How hits are found and ranked beyond the plain sum of words and vectors.
///
/// @param fusion how several lists become one: `convex` or `rrf`; null for the collection's own
/// @param feedback whether the words of the first hits widen the query
/// @param hops how often names in the hits lead to further chunks, in `[0, HOPS_MAX]`
public record RankingOptions(@Nullable String fusion, boolean feedback, int hops) {
  public static final int HOPS_MAX = 3;

  public static final RankingOptions DEFAULT = new RankingOptions(null, false, 0);

  public RankingOptions {
    if (hops < 0 || hops > HOPS_MAX) {
      throw new IllegalArgumentException("hops " + hops + " is not in [0, " + HOPS_MAX + "]");
    }
  }
}
