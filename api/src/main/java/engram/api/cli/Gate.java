package engram.api.cli;

import engram.eval.Comparison;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// Judges a run's figures, those of its last configuration.
///
/// @param least what each of these measures has to reach
/// @param metric of which no more than `maxLoss` may be lost to a baseline
record Gate(Map<String, Double> least, String metric, double maxLoss, PrintStream out) {
  private static final int SEED = 42;

  Gate {
    least = Map.copyOf(least);
  }

  /// Shows each verdict.
  ///
  /// @param baseline report of an earlier run
  /// @return 0 if everything passes, else 1
  int judge(JsonNode report, Optional<JsonNode> baseline) {
    boolean passed = true;
    for (Map.Entry<String, Double> each : new TreeMap<>(least).entrySet()) {
      passed &= reached(each.getKey(), each.getValue(), report);
    }
    if (baseline.isPresent()) {
      passed &= keptUp(judged(baseline.get(), metric), judged(report, metric));
    }
    return passed ? 0 : 1;
  }

  private boolean reached(String measure, double wanted, JsonNode report) {
    double mean =
        judged(report, measure).values().stream()
            .mapToDouble(Double::doubleValue)
            .average()
            .orElseThrow();
    boolean reached = mean >= wanted;
    out.printf(
        Locale.ROOT,
        "%s: %s %.4f, wanted %.4f%n",
        reached ? "PASS" : "FAIL",
        measure,
        mean,
        wanted);
    return reached;
  }

  private boolean keptUp(Map<String, Double> before, Map<String, Double> now) {
    List<String> both = before.keySet().stream().filter(now::containsKey).toList();
    if (both.isEmpty()) {
      throw new CommandException("The baseline has none of these queries.");
    }
    Comparison compared =
        Comparison.of(
            metric,
            both.stream().mapToDouble(query -> before.getOrDefault(query, 0.0)).toArray(),
            both.stream().mapToDouble(query -> now.getOrDefault(query, 0.0)).toArray(),
            SEED);
    boolean kept = compared.meanDifference() >= -maxLoss;
    out.printf(
        Locale.ROOT,
        "%s: %s %+.4f [%+.4f, %+.4f] to the baseline on %d queries, p %.4f; %.4f may be lost%n",
        kept ? "PASS" : "FAIL",
        metric,
        compared.meanDifference(),
        compared.ciLow(),
        compared.ciHigh(),
        compared.queries(),
        compared.p(),
        maxLoss);
    return kept;
  }

  /// The last configuration's values by query.
  private static Map<String, Double> judged(JsonNode report, String measure) {
    int last = report.path("queries").path(0).path("outcomes").size() - 1;
    Map<String, Double> values = values(report, last, measure);
    if (values.isEmpty()) {
      TreeSet<String> known = new TreeSet<>();
      for (JsonNode query : report.path("queries")) {
        known.addAll(query.path("outcomes").path(last).path("metrics").propertyNames());
      }
      throw new CommandException(
          "No query has the measure \"" + measure + "\"; measured were " + known + ".");
    }
    return values;
  }

  /// By query; none for queries that a measure is not defined for.
  static Map<String, Double> values(JsonNode report, int configuration, String measure) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (JsonNode query : report.path("queries")) {
      JsonNode value = query.path("outcomes").path(configuration).path("metrics").path(measure);
      if (value.isNumber()) {
        values.put(query.path("query_id").asString(), value.doubleValue());
      }
    }
    return values;
  }
}
