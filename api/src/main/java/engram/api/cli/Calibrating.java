package engram.api.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Finds how a collection is ranked best: BM25's constants first, then feedback, then the weight of
/// words against vectors, each time against the defaults on the same queries. What is found is kept
/// only if the paired test gives it less than [#CHANCE_MAX].
///
/// The ranking that callers get does not change until then.
final class Calibrating {
  private static final String METRIC = "ndcg@10";
  private static final double CHANCE_MAX = 0.05;
  private static final Map<String, Double> DEFAULTS =
      Map.of("k1", 1.2, "b", 0.75, "feedback", 0.0, "text_weight", 0.5);
  private static final List<Map<String, Double>> CONSTANTS = pairs();
  private static final List<Map<String, Double>> FEEDBACK =
      List.of(Map.of("feedback", 0.3), Map.of("feedback", 0.6), Map.of("feedback", 0.8));
  private static final List<Map<String, Double>> WEIGHTS =
      List.of(
          Map.of("text_weight", 0.2),
          Map.of("text_weight", 0.35),
          Map.of("text_weight", 0.65),
          Map.of("text_weight", 0.8));

  /// Runs two configurations.
  interface Runs {
    /// @return the run's summary
    JsonNode compare(List<Map<String, Object>> configurations);
  }

  private final ServerClient server;
  private final Runs runs;
  private final PrintStream out;

  Calibrating(ServerClient server, Runs runs, PrintStream out) {
    this.server = server;
    this.runs = runs;
    this.out = out;
  }

  private record Tried(Map<String, Double> values, double gain, double chance) {}

  private static List<Map<String, Double>> pairs() {
    List<Map<String, Double>> pairs = new ArrayList<>();
    for (double k1 : List.of(0.9, 1.2, 1.6)) {
      for (double b : List.of(0.5, 0.75, 0.9)) {
        if (k1 != 1.2 || b != 0.75) {
          pairs.add(Map.of("k1", k1, "b", b));
        }
      }
    }
    return pairs;
  }

  void run(String collection) {
    Tried best = new Tried(DEFAULTS, 0, 1);
    for (List<Map<String, Double>> round : List.of(CONSTANTS, FEEDBACK, WEIGHTS)) {
      Map<String, Double> from = best.values();
      for (Map<String, Double> change : round) {
        Tried tried = tried(from, change);
        out.printf(
            Locale.ROOT,
            "  %s: %s %+.4f, p %.3f%n",
            tried.values(),
            METRIC,
            tried.gain(),
            tried.chance());
        best = tried.gain() > best.gain() ? tried : best;
      }
    }
    if (best.chance() >= CHANCE_MAX) {
      out.println(
          "Nothing is better than the defaults beyond chance: the collection stays as it is.");
      return;
    }
    server.put("api/collections/" + collection + "/calibration", best.values());
    out.printf(
        Locale.ROOT,
        "Calibrated: %s, %s %+.4f on these queries, p %.3f. DELETE /api/collections/%s/calibration goes back.%n",
        best.values(),
        METRIC,
        best.gain(),
        best.chance(),
        collection);
  }

  private Tried tried(Map<String, Double> from, Map<String, Double> change) {
    Map<String, Double> values = new LinkedHashMap<>(from);
    values.putAll(change);
    JsonNode summary =
        runs.compare(
            List.of(
                Map.of("name", "defaults", "search", Map.of("calibration", DEFAULTS)),
                Map.of("name", "tried", "search", Map.of("calibration", values))));
    for (JsonNode compared : summary.path("comparisons")) {
      if (compared.path("metric").asString().equals(METRIC)) {
        return new Tried(
            values, compared.path("mean_difference").asDouble(0), compared.path("p").asDouble(1));
      }
    }
    throw new CommandException("The evaluation says nothing of " + METRIC + ".");
  }
}
