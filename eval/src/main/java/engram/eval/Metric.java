package engram.eval;

import engram.eval.metric.RankedGrades;
import java.util.List;
import java.util.Map;

/// A measure of one query's ranking; a run's figure is the mean over its queries. Their definitions
/// are `trec_eval`'s, except for [#ALL_FOUND_5].
public enum Metric {
  NDCG_10("ndcg@10"),
  RECALL_10("recall@10"),
  RECALL_100("recall@100"),
  PRECISION_10("precision@10"),
  MRR_10("mrr@10"),
  /// Over the documents that were ranked, which is the depth of the run.
  MAP("map"),
  HIT_1("hit@1"),
  /// The share of queries all of whose relevant documents are among the first five: R@5 of
  /// questions that need several pieces of evidence.
  ALL_FOUND_5("all_found@5");

  private final String label;

  Metric(String label) {
    this.label = label;
  }

  /// As reports and the API write it: `ndcg@10`.
  public String label() {
    return label;
  }

  /// In `[0, 1]`; 0 where nothing is relevant.
  ///
  /// @param ranking documents, best first, each once
  /// @param judgements grade by document, relevant from 1 on; what has none is not relevant
  public double of(List<String> ranking, Map<String, Integer> judgements) {
    RankedGrades ranked = RankedGrades.of(ranking, judgements);
    return switch (this) {
      case NDCG_10 -> ranked.ndcg(10);
      case RECALL_10 -> ranked.recall(10);
      case RECALL_100 -> ranked.recall(100);
      case PRECISION_10 -> ranked.precision(10);
      case MRR_10 -> ranked.reciprocalRank(10);
      case MAP -> ranked.averagePrecision();
      case HIT_1 -> ranked.success(1);
      case ALL_FOUND_5 -> ranked.allFound(5);
    };
  }
}
