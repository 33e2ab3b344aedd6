package engram.api.cli;

import engram.eval.Metric;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What `eval` was told.
///
/// @param collection that holds the documents already; else the corpus is loaded
/// @param configurations files that say how to search, and how to answer; none for the defaults,
///   two to compare
/// @param calibrate fits the collection's ranking to the queries instead of reporting
/// @param build of the collection that is fitted; none for the one that serves
/// @param metrics names of measures, those to be held against something included; none for the
///   usual ones
/// @param least what each of these measures has to reach
/// @param metric that is held against the baseline
/// @param maxLoss of it to the baseline
record EvaluationOptions(
    Path folder,
    String split,
    Optional<String> collection,
    String documentsBy,
    List<Path> configurations,
    boolean answers,
    boolean keep,
    boolean calibrate,
    Optional<Integer> build,
    Optional<Path> out,
    Optional<Path> baseline,
    List<String> metrics,
    Map<String, Double> least,
    String metric,
    double maxLoss) {
  private static final String METRIC = "ndcg@10";
  private static final Set<String> WITH_VALUE =
      Set.of(
          "--split",
          "--collection",
          "--build",
          "--documents-by",
          "--configuration",
          "--out",
          "--baseline",
          "--min",
          "--min-ndcg",
          "--min-recall",
          "--min-mrr",
          "--metric",
          "--metrics",
          "--max-loss",
          "--url",
          "--key",
          "--key-file");
  private static final Map<String, Integer> MOST = Map.of("--configuration", 2, "--min", 20);

  /// Options that are short for `--min METRIC=N`.
  private static final Map<String, String> SHORT =
      Map.of("--min-ndcg", METRIC, "--min-recall", "recall@10", "--min-mrr", "mrr@10");

  private static final Set<String> SWITCHES = Set.of("--answers", "--keep", "--calibrate");

  /// A calibration chooses among rankings of its own, by one measure, and writes no report.
  private static final List<String> WITHOUT_CALIBRATE =
      List.of(
          "--answers",
          "--baseline",
          "--configuration",
          "--keep",
          "--metrics",
          "--min",
          "--min-ndcg",
          "--min-recall",
          "--min-mrr",
          "--out");

  /// Every option with its values, and the folder under the empty name.
  static Map<String, List<String>> parse(List<String> arguments) {
    Map<String, List<String>> given = new TreeMap<>();
    for (int index = 0; index < arguments.size(); index++) {
      String argument = arguments.get(index);
      int equals = argument.indexOf('=');
      String name =
          equals > 0 && argument.startsWith("--") ? argument.substring(0, equals) : argument;
      String value = "";
      if (WITH_VALUE.contains(name)) {
        if (equals < 0 && ++index == arguments.size()) {
          throw new Misuse(name + " needs a value.");
        }
        value = equals < 0 ? arguments.get(index) : argument.substring(equals + 1);
      } else if (argument.startsWith("-") && !SWITCHES.contains(argument)) {
        throw new Misuse("eval does not know \"" + argument + "\".");
      } else if (!argument.startsWith("-")) {
        name = "";
        value = argument;
      }
      given.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
    }
    given.forEach((name, values) -> {
      if (values.size() > MOST.getOrDefault(name, 1)) {
        throw new Misuse((name.isEmpty() ? "a folder" : name) + " was given too often.");
      }
    });
    return given;
  }

  static EvaluationOptions of(Map<String, List<String>> given) {
    Path folder =
        one(given, "").map(Path::of).orElseThrow(() -> new Misuse("eval needs a folder."));
    if (!Files.exists(folder)) {
      throw new Misuse("There is no " + folder + ".");
    }
    Optional<Path> baseline = one(given, "--baseline").map(Path::of);
    for (String of : List.of("--max-loss", "--metric")) {
      if (given.containsKey(of) && baseline.isEmpty()) {
        throw new Misuse(of + " goes with --baseline.");
      }
    }
    for (Path file : baseline.stream().toList()) {
      if (!Files.isReadable(file)) {
        throw new Misuse("The baseline " + file + " cannot be read.");
      }
    }
    if (given.containsKey("--calibrate") && !given.containsKey("--collection")) {
      throw new Misuse("--calibrate needs the --collection that is to be calibrated.");
    }
    for (String of : WITHOUT_CALIBRATE) {
      if (given.containsKey("--calibrate") && given.containsKey(of)) {
        throw new Misuse(of + " does not go with --calibrate, which reports nothing.");
      }
    }
    if (given.containsKey("--build") && !given.containsKey("--calibrate")) {
      throw new Misuse("--build goes with --calibrate; compare builds by --configuration files.");
    }
    String documentsBy = one(given, "--documents-by").orElse("key");
    if (!Set.of("key", "file_id", "filename").contains(documentsBy)) {
      throw new Misuse("--documents-by is key, file_id or filename.");
    }
    Map<String, Double> least = least(given);
    String metric = one(given, "--metric").orElse(METRIC);
    return new EvaluationOptions(
        folder.toAbsolutePath().normalize(),
        one(given, "--split").orElse("test"),
        one(given, "--collection"),
        documentsBy,
        given.getOrDefault("--configuration", List.of()).stream().map(Path::of).toList(),
        given.containsKey("--answers"),
        given.containsKey("--keep"),
        given.containsKey("--calibrate"),
        one(given, "--build").map(EvaluationOptions::build),
        one(given, "--out").map(Path::of),
        baseline,
        metrics(one(given, "--metrics"), least.keySet(), baseline.map(held -> metric)),
        least,
        metric,
        one(given, "--max-loss").map(text -> share("--max-loss", text)).orElse(0.0));
  }

  private static int build(String text) {
    try {
      return Integer.parseUnsignedInt(text);
    } catch (NumberFormatException e) {
      throw new Misuse("--build is a number, not \"" + text + "\".");
    }
  }

  /// Measures of answers have no place among them: `--answers` has them all.
  private static List<String> metrics(
      Optional<String> named, Set<String> least, Optional<String> held) {
    Set<String> metrics = new LinkedHashSet<>();
    if (named.isEmpty()) {
      Metric.DEFAULTS.forEach(metric -> metrics.add(metric.label()));
    }
    for (String one : named.map(names -> List.of(names.split(","))).orElse(List.of())) {
      try {
        metrics.add(Metric.of(one.strip()).label());
      } catch (IllegalArgumentException unknown) {
        throw new Misuse("--metrics: " + unknown.getMessage() + ".");
      }
    }
    int usual = metrics.size();
    least.stream().filter(Metric::isOne).forEach(metrics::add);
    held.filter(Metric::isOne).ifPresent(metrics::add);
    return named.isEmpty() && metrics.size() == usual ? List.of() : List.copyOf(metrics);
  }

  private static Map<String, Double> least(Map<String, List<String>> given) {
    Map<String, Double> least = new TreeMap<>();
    SHORT.forEach((option, metric) ->
        one(given, option).ifPresent(text -> least.put(metric, share(option, text))));
    for (String each : given.getOrDefault("--min", List.of())) {
      int equals = each.indexOf('=');
      if (equals < 1) {
        throw new Misuse("--min needs METRIC=N, such as map=0.3, not \"" + each + "\".");
      }
      least.put(each.substring(0, equals), share("--min", each.substring(equals + 1)));
    }
    return least;
  }

  static Optional<String> one(Map<String, List<String>> given, String name) {
    return given.getOrDefault(name, List.of()).stream().findFirst();
  }

  private static double share(String name, String text) {
    try {
      double value = Double.parseDouble(text);
      if (value >= 0 && value <= 1) {
        return value;
      }
    } catch (NumberFormatException notANumber) {
      throw new Misuse(name + " needs a number in [0, 1], not \"" + text + "\".");
    }
    throw new Misuse(name + " needs a number in [0, 1], not \"" + text + "\".");
  }
}
