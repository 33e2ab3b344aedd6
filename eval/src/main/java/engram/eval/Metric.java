package engram.eval;

import engram.eval.metric.RankedGrades;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A measure of one query's ranking; a run's figure is the mean over its queries.
///
/// With `trec_eval`'s names these are `ndcg_cut_k`, `recall_k`, `P_k`, `recip_rank`, `map`,
/// `map_cut_k` and `success_k`, as it defines them (version 10). `mrr@k` has no name there: it is
/// `recip_rank` of the first `k` (MS MARCO's measure, Nguyen et al., 2016). Nor has `all_found@k`:
/// whether all relevant documents are among the first `k`, R@k of questions that need several
/// pieces of evidence.
///
/// @param k how many documents it looks at; null for all that the run ranked, which is `trec_eval
///   -M` with the run's depth
public record Metric(Kind kind, @Nullable Integer k) {
  /// No run ranks more documents.
  public static final int K_MAX = 1_000;

  private static final Pattern NAME = Pattern.compile("([a-z_]+)(?:@([1-9][0-9]{0,8}))?");

  /// What is measured unless something else is asked for.
  public static final List<Metric> DEFAULTS =
      Stream.of(
              "ndcg@10",
              "recall@10",
              "recall@100",
              "precision@10",
              "mrr@10",
              "map",
              "hit@1",
              "all_found@5")
          .map(Metric::of)
          .toList();

  /// What is measured, in lower case its name.
  public enum Kind {
    NDCG,
    RECALL,
    PRECISION,
    MRR,
    MAP,
    SUCCESS,
    /// The same as success, by the name that question answering gives it.
    HIT,
    ALL_FOUND;

    private String id() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    /// Whether it can look at all that was ranked.
    private boolean isOfAll() {
      return this == MRR || this == MAP;
    }
  }

  public Metric {
    if (k == null ? !kind.isOfAll() : k < 1 || k > K_MAX) {
      throw new IllegalArgumentException(
          k == null
              ? kind.id() + " needs a k, such as " + kind.id() + "@10"
              : "k " + k + " of " + kind.id() + " is not in [1, " + K_MAX + "]");
    }
  }

  /// @param label such as `ndcg@10` or `map`
  /// @throws IllegalArgumentException naming what there is
  public static Metric of(String label) {
    Matcher parts = NAME.matcher(label);
    if (parts.matches()) {
      for (Kind kind : Kind.values()) {
        if (kind.id().equals(parts.group(1))) {
          String k = parts.group(2);
          return new Metric(kind, k == null ? null : Integer.valueOf(k));
        }
      }
    }
    throw new IllegalArgumentException(
        "'%s' is no measure; there are %s, with k in [1, %d]"
            .formatted(label.length() > 40 ? label.substring(0, 40) + "…" : label, names(), K_MAX));
  }

  /// Whether [#of] knows it.
  public static boolean isOne(String label) {
    try {
      return !of(label).label().isEmpty();
    } catch (IllegalArgumentException unknown) {
      return false;
    }
  }

  private static String names() {
    return String.join(
        ", ",
        Arrays.stream(Kind.values())
            .flatMap(kind ->
                kind.isOfAll()
                    ? Stream.of(kind.id(), kind.id() + "@k")
                    : Stream.of(kind.id() + "@k"))
            .toList());
  }

  /// As reports and the API write it: `ndcg@10`.
  public String label() {
    return k == null ? kind.id() : kind.id() + "@" + k;
  }

  /// In `[0, 1]`; 0 where nothing is relevant.
  ///
  /// @param ranking documents, best first, each once
  /// @param judgements grade by document, relevant from 1 on; what has none is not relevant
  public double of(List<String> ranking, Map<String, Integer> judgements) {
    RankedGrades ranked = RankedGrades.of(ranking, judgements);
    int cut = k == null ? Math.max(1, ranking.size()) : k;
    return switch (kind) {
      case NDCG -> ranked.ndcg(cut);
      case RECALL -> ranked.recall(cut);
      case PRECISION -> ranked.precision(cut);
      case MRR -> ranked.reciprocalRank(cut);
      case MAP -> ranked.averagePrecision(cut);
      case SUCCESS, HIT -> ranked.success(cut);
      case ALL_FOUND -> ranked.allFound(cut);
    };
  }
}
