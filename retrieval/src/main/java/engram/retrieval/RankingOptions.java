package engram.retrieval;

import org.jspecify.annotations.Nullable;

/// How hits are found and ranked beyond the plain sum of words and vectors.
///
/// @param fusion how several lists become one: `convex` or `rrf`; null for `convex` where the
///   collection is calibrated, else `rrf`, which needs no weights
/// @param feedback the share of a query's weight, in `[0, FEEDBACK_MAX]`, that goes to words which
///   the first hits have in common; null for the collection's own, which is 0 unless calibrated
/// @param hops how often names in the hits lead to further chunks, in `[0, HOPS_MAX]`
/// @param calibration to try one; null for the collection's own
/// @param build of the one collection that is searched, to try one; null for those that serve
public record RankingOptions(
    @Nullable String fusion,
    @Nullable Double feedback,
    int hops,
    @Nullable Calibration calibration,
    @Nullable Integer build) {
  public static final int HOPS_MAX = 3;
  public static final double FEEDBACK_MAX = 0.9;

  /// What is good for broad queries; see docs/methods.md.
  public static final double FEEDBACK_USUAL = 0.6;

  public static final RankingOptions DEFAULT = new RankingOptions(null, null, 0, null);

  public RankingOptions {
    if (hops < 0 || hops > HOPS_MAX) {
      throw new IllegalArgumentException("hops " + hops + " is not in [0, " + HOPS_MAX + "]");
    }
    if (feedback != null) {
      checkFeedback(feedback);
    }
  }

  /// In the builds that serve.
  public RankingOptions(
      @Nullable String fusion,
      @Nullable Double feedback,
      int hops,
      @Nullable Calibration calibration) {
    this(fusion, feedback, hops, calibration, null);
  }

  static void checkFeedback(double feedback) {
    if (!(feedback >= 0 && feedback <= FEEDBACK_MAX)) {
      throw new IllegalArgumentException(
          "feedback " + feedback + " is not in [0, " + FEEDBACK_MAX + "]");
    }
  }

  public RankingOptions withHops(int count) {
    return new RankingOptions(fusion, feedback, count, calibration, build);
  }

  public RankingOptions withCalibration(@Nullable Calibration tried) {
    return new RankingOptions(fusion, feedback, hops, tried, build);
  }
}
