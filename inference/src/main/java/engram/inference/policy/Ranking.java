package engram.inference.policy;

import java.util.Arrays;

/// Picks of the entries with the greatest scores.
final class Ranking {
  private Ranking() {}

  /// The `count` entries of `[from, to)` with the greatest scores, ascending; ties by the lower
  /// index.
  static int[] best(double[] scores, int from, int to, int count) {
    Integer[] order = new Integer[to - from];
    Arrays.setAll(order, i -> from + i);
    // Stable, so equal scores stay in order.
    Arrays.sort(order, (a, b) -> Double.compare(scores[b], scores[a]));
    int[] best = new int[Math.min(count, order.length)];
    for (int i = 0; i < best.length; i++) {
      best[i] = order[i];
    }
    Arrays.sort(best);
    return best;
  }

  /// `[from, to)` as a list.
  static int[] range(int from, int to) {
    int[] range = new int[Math.max(0, to - from)];
    Arrays.setAll(range, i -> from + i);
    return range;
  }

  static int[] joined(int[]... lists) {
    return Arrays.stream(lists).flatMapToInt(Arrays::stream).toArray();
  }

  static double[] doubles(float[] values) {
    double[] copy = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      copy[i] = values[i];
    }
    return copy;
  }

  /// What every policy asks of its budget, and of signals that it declared.
  static void require(String policy, int budgetTokens, int always) {
    if (budgetTokens < always) {
      throw new IllegalArgumentException(
          "%s: budgetTokens %d < %d that always stay".formatted(policy, budgetTokens, always));
    }
  }

  static float[] massOf(String policy, float[][] mass, int head) {
    if (head >= mass.length) {
      throw new IllegalArgumentException(policy + ": the attention mass is missing");
    }
    return mass[head];
  }
}
