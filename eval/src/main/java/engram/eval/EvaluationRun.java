package engram.eval;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A judged set run against a collection, under one configuration or two.
///
/// @param state `queued`, `running`, `succeeded`, `failed`, `cancelled`, or `dead` for tried too
///   often
/// @param metrics names of the measures of rankings, in their order; see [Metric]
/// @param answers whether questions were answered too, and the answers measured
/// @param countMissing whether relevant documents that are not in the collection count as not
///   found; else they count for nothing
/// @param summary when it succeeded
public record EvaluationRun(
    String id,
    String name,
    String setId,
    String setName,
    String collectionId,
    List<Configuration> configurations,
    List<String> metrics,
    boolean answers,
    boolean countMissing,
    long seed,
    String state,
    @Nullable Progress progress,
    @Nullable Failure failure,
    @Nullable Summary summary,
    String createdBy,
    Instant createdAt,
    @Nullable Instant finishedAt) {
  public static final String JOB_KIND = "evaluate";
  public static final long SEED_DEFAULT = 42;
  public static final int METRICS_MAX = 20;

  private static final int DEPTH_MIN = 100;
  private static final String MAIN_METRIC = "ndcg@10";

  /// How many documents of each query are ranked: as many as its measures look at.
  public int depth() {
    return metrics.stream()
        .map(Metric::of)
        .mapToInt(metric -> metric.k() == null ? DEPTH_MIN : metric.k())
        .reduce(DEPTH_MIN, Math::max);
  }

  /// By which queries are ordered unless another measure is named: `ndcg@10`, or else the first
  /// that there is a figure of.
  public String mainMetric() {
    List<String> measured =
        summary == null || summary.configurations().isEmpty()
            ? metrics
            : List.copyOf(summary.configurations().getFirst().metrics().keySet());
    return measured.contains(MAIN_METRIC) || measured.isEmpty() ? MAIN_METRIC : measured.getFirst();
  }

  /// @param search the fields of a search's body, without query, offset and limit
  /// @param ask how questions are answered: see [AnswerOptions]; null for the defaults
  public record Configuration(String name, JsonNode search, @Nullable JsonNode ask) {
    /// One that answers as the server does by itself.
    public Configuration(String name, JsonNode search) {
      this(name, search, null);
    }

    public Configuration {
      JudgedSet.checkName("name", name);
      ask = ask == null || ask.isNull() ? null : ask; // as it comes back from a table
    }
  }

  public record Progress(int queriesDone, int queriesTotal) {}

  public record Failure(String code, String message) {}

  /// @param configurations one, or two that are compared
  /// @param metrics names of measures; none for [Metric#DEFAULTS]
  public record Draft(
      String setId,
      String collectionId,
      @Nullable String name,
      List<Configuration> configurations,
      List<String> metrics,
      boolean answers,
      boolean countMissing,
      long seed) {
    /// With the usual measures.
    public Draft(
        String setId,
        String collectionId,
        @Nullable String name,
        List<Configuration> configurations,
        boolean answers,
        boolean countMissing,
        long seed) {
      this(setId, collectionId, name, configurations, List.of(), answers, countMissing, seed);
    }

    public Draft {
      List<Metric> named = metrics.stream().map(Metric::of).distinct().toList();
      if (named.size() > METRICS_MAX) {
        throw new IllegalArgumentException(
            "'metrics' has " + named.size() + " measures, and " + METRICS_MAX + " at most");
      }
      metrics = (named.isEmpty() ? Metric.DEFAULTS : named).stream().map(Metric::label).toList();
      configurations = List.copyOf(configurations);
      if (configurations.isEmpty() || configurations.size() > 2) {
        throw new IllegalArgumentException("'configurations' has one or two");
      }
      if (configurations.size() == 2
          && configurations.getFirst().name().equals(configurations.getLast().name())) {
        throw new IllegalArgumentException("'configurations' have different names");
      }
      if (!answers && configurations.stream().anyMatch(one -> one.ask() != null)) {
        throw new IllegalArgumentException("'ask' goes with 'answers': true");
      }
      if (name != null) {
        JudgedSet.checkName("name", name);
      }
    }
  }

  /// What came of it.
  ///
  /// @param queries that count: with a relevant document in the collection, or with an answer where
  ///   answers were measured
  /// @param queriesLeftOut the others
  /// @param judgementsMissing relevant documents that are not in the collection for who asked
  /// @param comparisons of the second configuration to the first; empty with one
  public record Summary(
      int queries,
      int queriesLeftOut,
      int judgementsMissing,
      int depth,
      List<ConfigurationSummary> configurations,
      List<Comparison> comparisons) {}

  /// @param latency of one search for ten hits, in this server, one after the other
  /// @param notes what searches said of themselves, such as that vectors were off, and how often
  public record ConfigurationSummary(
      String name, Map<String, Figure> metrics, Latency latency, Map<String, Integer> notes) {}

  /// A mean over queries with its 95 % bootstrap interval.
  ///
  /// @param queries on which it is defined
  public record Figure(double mean, double ciLow, double ciHigh, int queries) {}

  public record Latency(double p50Ms, double p95Ms, double p99Ms) {}

  /// One query, under each configuration in their order.
  ///
  /// @param difference of the second configuration to the first in the measure that was asked for;
  ///   null with one
  public record QueryResult(
      String queryId, String text, @Nullable Double difference, List<Outcome> outcomes) {}

  /// @param metrics empty where the query counts for nothing
  /// @param ranks where relevant documents were found, from 1
  /// @param topFiles ids of the files of the first ten documents
  public record Outcome(
      Map<String, Double> metrics,
      Map<String, Integer> ranks,
      List<String> topFiles,
      double latencyMs) {}
}
