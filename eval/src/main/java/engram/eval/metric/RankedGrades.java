package engram.eval.metric;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One query's ranking seen through its judgements, and the measures of it as `trec_eval` defines
/// them (NIST, version 10: `m_ndcg_cut.c`, `m_recall.c`, `m_P.c`, `m_map.c`, `m_map_cut.c`,
/// `m_recip_rank.c`, `m_success.c`), which cuts a reciprocal rank nowhere. A document is relevant
/// from grade 1 on; an unjudged one counts as not relevant, and so does a negative grade. Ranks
/// count from 1. Every measure is in `[0, 1]`, and 0 where no document is relevant: whether such a
/// query counts is the caller's to say.
public final class RankedGrades {
  private final int[] grades;
  private final int[] ideal;

  private RankedGrades(int[] grades, int[] ideal) {
    this.grades = grades;
    this.ideal = ideal;
  }

  /// @param ranking documents, best first, each once
  /// @param judgements grade by document
  /// @throws IllegalArgumentException if a document is ranked twice
  public static RankedGrades of(List<String> ranking, Map<String, Integer> judgements) {
    Set<String> seen = new HashSet<>();
    int[] grades = new int[ranking.size()];
    for (int index = 0; index < grades.length; index++) {
      String document = ranking.get(index);
      if (!seen.add(document)) {
        throw new IllegalArgumentException("document '" + document + "' is ranked twice");
      }
      grades[index] = Math.max(0, judgements.getOrDefault(document, 0));
    }
    int[] ascending =
        judgements.values().stream()
            .mapToInt(Integer::intValue)
            .filter(g -> g > 0)
            .sorted()
            .toArray();
    int[] ideal = new int[ascending.length];
    for (int index = 0; index < ideal.length; index++) {
      ideal[index] = ascending[ideal.length - 1 - index];
    }
    return new RankedGrades(grades, ideal);
  }

  public int relevantCount() {
    return ideal.length;
  }

  /// Normalised discounted cumulative gain of the first `k`: the gain is the grade, the discount
  /// `log2(rank + 1)`, the ideal that of all judged documents in their best order. Järvelin,
  /// Kekäläinen, TOIS 2002, with the discount of Burges et al., ICML 2005.
  public double ndcg(int k) {
    double best = gain(ideal, check(k));
    return best == 0 ? 0 : gain(grades, k) / best;
  }

  private static double gain(int[] grades, int k) {
    double sum = 0;
    for (int index = 0; index < Math.min(k, grades.length); index++) {
      sum += grades[index] * Math.log(2) / Math.log(index + 2);
    }
    return sum;
  }

  /// The share of the relevant documents that are among the first `k`.
  public double recall(int k) {
    return ideal.length == 0 ? 0 : (double) found(check(k)) / ideal.length;
  }

  /// The share of the first `k` that are relevant; what is missing of `k` is not relevant.
  public double precision(int k) {
    return (double) found(check(k)) / k;
  }

  /// One over the rank of the first relevant document among the first `k`.
  public double reciprocalRank(int k) {
    for (int index = 0; index < Math.min(check(k), grades.length); index++) {
      if (grades[index] > 0) {
        return 1.0 / (index + 1);
      }
    }
    return 0;
  }

  /// Average precision over the whole ranking. Its mean over queries is MAP.
  public double averagePrecision() {
    return averagePrecision(Math.max(1, grades.length));
  }

  /// The precision at each relevant document among the first `k`, summed, and divided by the number
  /// of all relevant ones, however many `k` has room for.
  public double averagePrecision(int k) {
    double sum = 0;
    int found = 0;
    for (int index = 0; index < Math.min(check(k), grades.length); index++) {
      if (grades[index] > 0) {
        found++;
        sum += (double) found / (index + 1);
      }
    }
    return ideal.length == 0 ? 0 : sum / ideal.length;
  }

  /// 1 where a relevant document is among the first `k`.
  public double success(int k) {
    return found(check(k)) > 0 ? 1 : 0;
  }

  /// 1 where all relevant documents are among the first `k`: what a question that needs several
  /// pieces of evidence is answered by. Zero for a query without relevant documents.
  public double allFound(int k) {
    return ideal.length > 0 && found(check(k)) == ideal.length ? 1 : 0;
  }

  private int found(int k) {
    return (int) Arrays.stream(grades, 0, Math.min(k, grades.length)).filter(g -> g > 0).count();
  }

  private static int check(int k) {
    if (k < 1) {
      throw new IllegalArgumentException("k " + k + " < 1");
    }
    return k;
  }
}
