package engram.eval.metric;

import java.util.Arrays;
import java.util.SplittableRandom;

/// What a difference between two configurations on the same queries is worth. The same seed gives
/// the same numbers on every machine.
public final class PairedStatistics {
  /// Resamples, and permutations where there are too many for all of them.
  public static final int ROUNDS = 10_000;

  /// Up to so many queries all `2^n` sign flips are tried.
  private static final int EXACT_QUERIES_MAX = 13;

  private PairedStatistics() {}

  /// Half-open in neither sense: `low <= mean <= high` for all but odd samples.
  public record Interval(double low, double high) {}

  public static double mean(double[] values) {
    return values.length == 0 ? 0 : Arrays.stream(values).sum() / values.length;
  }

  /// The percentile bootstrap interval of the mean over queries: queries are drawn with
  /// replacement. Efron, Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13; for
  /// retrieval Sakai, SIGIR 2006.
  ///
  /// @param confidence in `(0, 1)`, such as 0.95
  public static Interval bootstrap(double[] values, double confidence, long seed) {
    if (!(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException("confidence " + confidence + " is not in (0, 1)");
    }
    if (values.length == 0) {
      return new Interval(0, 0);
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] means = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      double sum = 0;
      for (int draw = 0; draw < values.length; draw++) {
        sum += values[random.nextInt(values.length)];
      }
      means[round] = sum / values.length;
    }
    Arrays.sort(means);
    double tail = (1 - confidence) / 2;
    return new Interval(
        means[(int) Math.floor(tail * (ROUNDS - 1))],
        means[(int) Math.ceil((1 - tail) * (ROUNDS - 1))]);
  }

  /// The two-sided p-value of the paired randomisation test: how often a difference of means at
  /// least as large comes about when the two configurations change places on each query by the toss
  /// of a coin. Fisher, The Design of Experiments, 1935; for retrieval Smucker, Allan, Carterette,
  /// CIKM 2007. With drawn permutations the observed one counts among them, so it is never zero
  /// (Phipson, Smyth 2010).
  ///
  /// @param differences one per query
  public static double randomisationTest(double[] differences, long seed) {
    // Queries without a difference change nothing by changing places.
    double[] moved = Arrays.stream(differences).filter(difference -> difference != 0).toArray();
    if (moved.length == 0) {
      return 1;
    }
    double observed = Math.abs(Arrays.stream(moved).sum());
    // Sums of the same numbers in another order differ by rounding only.
    double enough = observed - 1e-12 * (1 + Arrays.stream(moved).map(Math::abs).sum());
    return moved.length <= EXACT_QUERIES_MAX
        ? exact(moved, enough)
        : sampled(moved, enough, new SplittableRandom(seed));
  }

  private static double exact(double[] moved, double enough) {
    int all = 1 << moved.length;
    int reached = 0;
    for (int flips = 0; flips < all; flips++) {
      double sum = 0;
      for (int index = 0; index < moved.length; index++) {
        sum += (flips >>> index & 1) == 0 ? moved[index] : -moved[index];
      }
      reached += Math.abs(sum) >= enough ? 1 : 0;
    }
    return (double) reached / all;
  }

  private static double sampled(double[] moved, double enough, SplittableRandom random) {
    int reached = 0;
    for (int round = 0; round < ROUNDS; round++) {
      double sum = 0;
      long coins = 0;
      for (int index = 0; index < moved.length; index++) {
        coins = (index & 63) == 0 ? random.nextLong() : coins >>> 1;
        sum += (coins & 1) == 0 ? moved[index] : -moved[index];
      }
      reached += Math.abs(sum) >= enough ? 1 : 0;
    }
    return (reached + 1.0) / (ROUNDS + 1.0);
  }

  /// The value below which the share `p` of the values lies, by the nearest rank; 0 for none.
  ///
  /// @param p in `(0, 1]`
  public static double percentile(double[] values, double p) {
    if (!(p > 0 && p <= 1)) {
      throw new IllegalArgumentException("p " + p + " is not in (0, 1]");
    }
    if (values.length == 0) {
      return 0;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.ceil(p * sorted.length) - 1];
  }
}
