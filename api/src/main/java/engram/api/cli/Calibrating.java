package engram.api.cli;

import engram.eval.Choice;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// Finds how a collection is ranked best: BM25's constants together with feedback, then the weight
/// of words against vectors. What is found is kept only if leave-one-out cross-validation predicts
/// that it gains on further queries; see [Choice].
///
/// All is compared with how the collection is ranked now, which without a calibration is by
/// reciprocal ranks; that does not change until something better is found. What is not searched
/// over stays as the collection has it.
final class Calibrating {
  private static final String METRIC = "ndcg@10";

  /// How the collection is ranked now, whatever that is.
  private static final Map<String, Double> AS_NOW = Map.of();

  /// What a calibration consists of: what is stored without one of them has its default.
  private static final List<String> PARTS =
      List.of("k1", "b", "feedback", "text_weight", "function_words", "titles");

  private static final List<Map<String, Double>> CONSTANTS = constants();
  private static final List<Map<String, Double>> WEIGHTS =
      List.of(
          Map.of("text_weight", 0.2),
          Map.of("text_weight", 0.35),
          Map.of("text_weight", 0.65),
          Map.of("text_weight", 0.8));

  /// Runs up to two configurations.
  interface Runs {
    /// @return the metric's value by query, for each configuration
    List<Map<String, Double>> values(String metric, List<Map<String, Object>> configurations);
  }

  private final ServerClient server;
  private final Optional<Integer> build;
  private final Runs runs;
  private final PrintStream out;

  /// @param build that is fitted; none for the one that serves
  Calibrating(ServerClient server, Optional<Integer> build, Runs runs, PrintStream out) {
    this.server = server;
    this.build = build;
    this.runs = runs;
    this.out = out;
  }

  private static List<Map<String, Double>> constants() {
    List<Map<String, Double>> constants = new ArrayList<>();
    for (double k1 : List.of(0.9, 1.2, 1.6)) {
      for (double b : List.of(0.5, 0.75, 0.9)) {
        for (double feedback : List.of(0.0, 0.3, 0.6, 0.8)) {
          constants.add(Map.of("k1", k1, "b", b, "feedback", feedback));
        }
      }
    }
    return constants;
  }

  void run(String collection) {
    String path =
        "api/collections/"
            + collection
            + "/calibration"
            + build.map(number -> "?build=" + number).orElse("");
    Map<String, Double> base = parts(server.get(path));
    Map<String, Double> best = AS_NOW;
    for (List<Map<String, Double>> changes : List.of(CONSTANTS, WEIGHTS)) {
      best = better(best, base, changes);
    }
    if (best.equals(AS_NOW)) {
      out.println("Nothing promises to be better: the collection stays as it is.");
      return;
    }
    server.put(path, best);
    out.printf(Locale.ROOT, "Calibrated: %s. DELETE /%s goes back.%n", best, path);
  }

  private static Map<String, Double> parts(JsonNode stored) {
    Map<String, Double> parts = new TreeMap<>();
    PARTS.forEach(part -> parts.put(part, stored.path(part).doubleValue()));
    return parts;
  }

  private Map<String, Double> better(
      Map<String, Double> now, Map<String, Double> base, List<Map<String, Double>> changes) {
    List<Map<String, Double>> tried = new ArrayList<>(List.of(now));
    for (Map<String, Double> change : changes) {
      Map<String, Double> changed = new TreeMap<>(now.equals(AS_NOW) ? base : now);
      changed.putAll(change);
      if (!tried.contains(changed)) {
        tried.add(changed);
      }
    }
    List<Map<String, Double>> values = new ArrayList<>();
    for (int from = 0; from < tried.size(); from += 2) {
      List<Map<String, Double>> two = tried.subList(from, Math.min(tried.size(), from + 2));
      values.addAll(runs.values(METRIC, two.stream().map(this::configuration).toList()));
      for (int at = from; at < from + two.size(); at++) {
        out.printf(
            Locale.ROOT, "  %s: %s %.4f%n", name(tried.get(at)), METRIC, mean(values.get(at)));
      }
    }
    Choice choice = choice(values);
    Map<String, Double> best = tried.get(choice.best());
    if (choice.best() > 0) {
      out.printf(
          Locale.ROOT,
          "Best of %d: %s, %+.4f on these queries, %+.4f predicted for others.%n",
          tried.size(),
          best,
          choice.gain(),
          choice.predictedGain());
    }
    return choice.isBetter() ? best : now;
  }

  private Map<String, Object> configuration(Map<String, Double> calibration) {
    Map<String, Object> search = new TreeMap<>();
    build.ifPresent(number -> search.put("build", number));
    if (!calibration.equals(AS_NOW)) {
      search.put("calibration", calibration);
    }
    return Map.of("name", name(calibration), "search", search);
  }

  private static String name(Map<String, Double> calibration) {
    return calibration.equals(AS_NOW) ? "as now" : calibration.toString();
  }

  private static double mean(Map<String, Double> values) {
    return values.values().stream().mapToDouble(Double::doubleValue).average().orElse(0);
  }

  private static Choice choice(List<Map<String, Double>> values) {
    List<String> queries = List.copyOf(values.getFirst().keySet());
    return Choice.of(
        values.stream()
            .map(of -> queries.stream().mapToDouble(query -> of.getOrDefault(query, 0.0)).toArray())
            .toArray(double[][]::new));
  }
}
