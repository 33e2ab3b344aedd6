package engram.eval;

import engram.eval.metric.PairedStatistics;

/// Which of several configurations is best on some queries, and what it is likely to gain on
/// others.
///
/// The best of many looks better on the queries by which it was chosen than it is. So each query is
/// left out in turn, the best on the rest is chosen, and the left-out query says what that choice
/// gains: leave-one-out cross-validation (Stone, JRSS B, 1974).
///
/// @param best index of the configuration with the highest mean; the first one if none is higher
/// @param gain of its mean over the first configuration's, on the queries themselves
/// @param predictedGain on further queries, of choosing in this way
public record Choice(int best, double gain, double predictedGain) {
  /// @param values of each configuration for each query; the first is the one to be better than
  public static Choice of(double[][] values) {
    int queries = values[0].length;
    double[] sums = new double[values.length];
    for (int configuration = 0; configuration < values.length; configuration++) {
      if (values[configuration].length != queries) {
        throw new IllegalArgumentException("configurations have values for different queries");
      }
      for (double value : values[configuration]) {
        sums[configuration] += value;
      }
    }
    double predicted = 0;
    for (int left = 0; left < queries; left++) {
      predicted += values[best(values, sums, left)][left] - values[0][left];
    }
    int best = best(values, sums, -1);
    return new Choice(
        best,
        PairedStatistics.mean(values[best]) - PairedStatistics.mean(values[0]),
        queries == 0 ? 0 : predicted / queries);
  }

  /// @param left the query that does not count; -1 for none
  private static int best(double[][] values, double[] sums, int left) {
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int configuration = 0; configuration < sums.length; configuration++) {
      double sum = sums[configuration] - (left < 0 ? 0 : values[configuration][left]);
      if (sum > most + 1e-9) { // equal ones in the order of the configurations, not of rounding
        most = sum;
        best = configuration;
      }
    }
    return best;
  }

  /// Whether the best is to be preferred to the first.
  public boolean isBetter() {
    return best > 0 && predictedGain > 0;
  }
}
