package engram.api.usage;

import java.util.List;

/// Counts of durations in buckets that grow by about a half each, so that a quantile is known to
/// that and hours can be added up.
///
/// @param counts one for each of [#BOUNDS_MS] and one for what took longer
public record Latencies(List<Long> counts) {
  /// Upper bounds, inclusive, in milliseconds.
  static final List<Integer> BOUNDS_MS =
      List.of(
          1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 800, 1_200, 2_000, 3_000, 5_000,
          8_000, 12_000, 20_000, 30_000, 60_000);

  static final int BUCKETS = BOUNDS_MS.size() + 1;

  public Latencies {
    counts = List.copyOf(counts);
    if (counts.size() != BUCKETS) {
      throw new IllegalArgumentException(
          "latencies have " + counts.size() + " buckets, not " + BUCKETS);
    }
  }

  static int bucketOf(double millis) {
    for (int index = 0; index < BOUNDS_MS.size(); index++) {
      if (millis <= BOUNDS_MS.get(index)) {
        return index;
      }
    }
    return BOUNDS_MS.size();
  }

  /// Where in its bucket the quantile lies is guessed: evenly spread. What took longer than the
  /// last bound counts as the last bound.
  ///
  /// @param quantile in `(0, 1]`
  /// @return milliseconds; 0 where nothing was counted
  public double quantileMs(double quantile) {
    if (!(quantile > 0 && quantile <= 1)) {
      throw new IllegalArgumentException("quantile " + quantile + " is not in (0, 1]");
    }
    long total = counts.stream().mapToLong(Long::longValue).sum();
    double wanted = quantile * total;
    long below = 0;
    for (int index = 0; index < BOUNDS_MS.size(); index++) {
      long here = counts.get(index);
      if (here > 0 && below + here >= wanted) {
        double from = index == 0 ? 0 : BOUNDS_MS.get(index - 1);
        return from + (BOUNDS_MS.get(index) - from) * (wanted - below) / here;
      }
      below += here;
    }
    return total == 0 ? 0 : BOUNDS_MS.getLast();
  }
}
