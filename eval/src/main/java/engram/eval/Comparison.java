package engram.eval;

import engram.eval.metric.PairedStatistics;

/// One measure of two configurations on the same queries.
///
/// @param meanDifference of the second to the first: positive where the second is better
/// @param ciLow lower end of the 95 % bootstrap interval of the difference
/// @param ciHigh upper end
/// @param p of the paired randomisation test, two-sided
/// @param wins queries on which the second is better
/// @param losses queries on which the second is worse
public record Comparison(
    String metric,
    int queries,
    double meanFirst,
    double meanSecond,
    double meanDifference,
    double ciLow,
    double ciHigh,
    double p,
    int wins,
    int losses,
    int ties) {
  /// Differences below it are rounding.
  private static final double SAME = 1e-9;

  private static final double CONFIDENCE = 0.95;

  /// @param first one value per query, in the order of `second`
  /// @param seed of the resampling: the same gives the same
  public static Comparison of(String metric, double[] first, double[] second, long seed) {
    if (first.length != second.length) {
      throw new IllegalArgumentException(
          "first has " + first.length + " queries, second has " + second.length);
    }
    double[] differences = new double[first.length];
    int wins = 0;
    int losses = 0;
    for (int query = 0; query < first.length; query++) {
      double difference = second[query] - first[query];
      differences[query] = Math.abs(difference) <= SAME ? 0 : difference;
      wins += differences[query] > 0 ? 1 : 0;
      losses += differences[query] < 0 ? 1 : 0;
    }
    var interval = PairedStatistics.bootstrap(differences, CONFIDENCE, seed);
    return new Comparison(
        metric,
        first.length,
        PairedStatistics.mean(first),
        PairedStatistics.mean(second),
        PairedStatistics.mean(differences),
        interval.low(),
        interval.high(),
        PairedStatistics.randomisationTest(differences, seed),
        wins,
        losses,
        first.length - wins - losses);
  }
}
