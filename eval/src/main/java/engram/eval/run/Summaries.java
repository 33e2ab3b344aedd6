package engram.eval.run;

import engram.eval.Comparison;
import engram.eval.EvaluationRun;
import engram.eval.EvaluationRun.ConfigurationSummary;
import engram.eval.EvaluationRun.Figure;
import engram.eval.EvaluationRun.Latency;
import engram.eval.EvaluationRun.Summary;
import engram.eval.metric.PairedStatistics;
import engram.eval.run.RunRows.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The figures of a run out of those of its queries.
final class Summaries {
  private static final double CONFIDENCE = 0.95;

  private Summaries() {}

  /// @param results of all queries, under all configurations
  static Summary of(EvaluationRun run, List<Result> results, int judgementsMissing) {
    int configurations = run.configurations().size();
    List<List<Result>> each = new ArrayList<>();
    for (int index = 0; index < configurations; index++) {
      int wanted = index;
      each.add(results.stream().filter(result -> result.configuration() == wanted).toList());
    }
    List<ConfigurationSummary> summaries = new ArrayList<>();
    for (int index = 0; index < configurations; index++) {
      summaries.add(summary(run.configurations().get(index).name(), each.get(index), run.seed()));
    }
    int counted = (int) each.getFirst().stream().filter(Summaries::counts).count();
    return new Summary(
        counted,
        each.getFirst().size() - counted,
        judgementsMissing,
        run.depth(),
        summaries,
        configurations == 2 ? comparisons(each.getFirst(), each.getLast(), run.seed()) : List.of());
  }

  private static boolean counts(Result result) {
    return !result.outcome().metrics().isEmpty();
  }

  private static ConfigurationSummary summary(String name, List<Result> results, long seed) {
    Map<String, Figure> figures = new LinkedHashMap<>();
    for (String metric : metrics(results)) {
      double[] values =
          results.stream()
              .map(result -> result.outcome().metrics().get(metric))
              .filter(value -> value != null)
              .mapToDouble(Double::doubleValue)
              .toArray();
      var interval = PairedStatistics.bootstrap(values, CONFIDENCE, seed);
      figures.put(
          metric,
          new Figure(
              PairedStatistics.mean(values), interval.low(), interval.high(), values.length));
    }
    Map<String, Integer> notes = new TreeMap<>();
    results.forEach(result -> result.notes().forEach(note -> notes.merge(note, 1, Integer::sum)));
    return new ConfigurationSummary(name, figures, latency(results), notes);
  }

  private static Latency latency(List<Result> results) {
    double[] millis =
        results.stream()
            .filter(Summaries::counts)
            .mapToDouble(result -> result.outcome().latencyMs())
            .toArray();
    return new Latency(
        PairedStatistics.percentile(millis, 0.5),
        PairedStatistics.percentile(millis, 0.95),
        PairedStatistics.percentile(millis, 0.99));
  }

  /// In the order in which they were measured.
  private static Set<String> metrics(List<Result> results) {
    Set<String> metrics = new LinkedHashSet<>();
    results.forEach(result -> metrics.addAll(result.outcome().metrics().keySet()));
    return metrics;
  }

  /// Over the queries on which a measure is defined under both.
  private static List<Comparison> comparisons(List<Result> first, List<Result> second, long seed) {
    List<Comparison> comparisons = new ArrayList<>();
    for (String metric : metrics(first)) {
      double[][] pairs = new double[first.size()][];
      int count = 0;
      for (int query = 0; query < first.size(); query++) {
        Double before = first.get(query).outcome().metrics().get(metric);
        Double after = second.get(query).outcome().metrics().get(metric);
        if (before != null && after != null) {
          pairs[count++] = new double[] {before, after};
        }
      }
      double[] left = new double[count];
      double[] right = new double[count];
      for (int pair = 0; pair < count; pair++) {
        left[pair] = pairs[pair][0];
        right[pair] = pairs[pair][1];
      }
      comparisons.add(Comparison.of(metric, left, right, seed));
    }
    return comparisons;
  }
}
