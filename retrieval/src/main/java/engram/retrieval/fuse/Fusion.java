package engram.retrieval.fuse;

import java.util.List;

/// Makes one ranking out of several over the same things.
///
/// Always holds: every id of a list with a positive weight appears exactly once; scores lie in `[0,
/// 1]`, do not grow down the result, and are the sum of their `parts`; ties keep first appearance,
/// list by list. Equal input gives equal output.
///
/// Threads: any; implementations have no state.
public interface Fusion {
  /// The stable name by which settings and reports call it.
  String name();

  /// @return best first; empty when all lists are
  List<Fused> fuse(List<Ranking> rankings);

  /// One list, best first.
  ///
  /// @param label what readers of an explanation see
  /// @param weight finite, at least 0; a list of weight 0 is as good as absent
  /// @param ids no id twice
  /// @param scores of the ids, not growing; they grow with quality
  @SuppressWarnings("ArrayRecordComponent") // never compared; a list of boxes would cost more
  record Ranking(String label, double weight, long[] ids, float[] scores) {
    public Ranking {
      if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("weight " + weight + " is not finite and at least 0");
      }
      if (ids.length != scores.length) {
        throw new IllegalArgumentException(ids.length + " ids with " + scores.length + " scores");
      }
    }
  }

  /// What an id scores: the sum of what each ranking gave it.
  static double sum(double[] parts) {
    double sum = 0;
    for (double part : parts) {
      sum += part;
    }
    return sum;
  }

  /// @param parts what each ranking gave, in the order of the rankings
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Fused(long id, double score, double[] parts) {}
}
