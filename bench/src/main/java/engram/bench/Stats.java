package engram.bench;

import java.util.Arrays;
import java.util.Collection;

/// Order statistics of repeated measurements.
final class Stats {
  private Stats() {}

  static double median(Collection<Double> values) {
    return quantile(values, 0.5);
  }

  /// Linear interpolation between the closest ranks.
  static double quantile(Collection<Double> values, double share) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double rank = share * (sorted.length - 1);
    int below = (int) rank;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
  }

  static String spread(Collection<Double> values) {
    return Report.number(
            Arrays.stream(values.stream().mapToDouble(Double::doubleValue).toArray())
                .min()
                .orElse(Double.NaN))
        + " to "
        + Report.number(
            Arrays.stream(values.stream().mapToDouble(Double::doubleValue).toArray())
                .max()
                .orElse(Double.NaN));
  }
}
