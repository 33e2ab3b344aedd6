package engram.bench;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// The report of the way to the first answer: start, search, ingestion, documents, answers,
/// crashes.
public final class FirstAnswer {
  private FirstAnswer() {}

  /// @param arguments `--out FOLDER`, `--only name,name` (then nothing is written), `--kills N`
  public static void main(String[] arguments) {
    Map<String, String> options = options(arguments);
    int kills = Integer.parseInt(options.getOrDefault("--kills", "50"));
    Map<String, Consumer<Report>> parts = new LinkedHashMap<>();
    parts.put("start", StartMeasurement::run);
    parts.put("search", SearchMeasurement::run);
    parts.put("ingest", IngestMeasurement::run);
    parts.put("documents", DocumentsMeasurement::run);
    parts.put("answers", AnswerMeasurement::run);
    parts.put("crash", report -> CrashMeasurement.run(report, kills));
    parts.put("clone", CloneMeasurement::run);
    Set<String> chosen =
        options.containsKey("--only") ? Set.of(options.get("--only").split(",")) : parts.keySet();
    Report report = new Report("First answer", "bench/first-answer");
    parts.forEach((name, part) -> {
      if (chosen.contains(name)) {
        part.accept(report);
      }
    });
    if (chosen.containsAll(parts.keySet())) {
      report.write(Path.of(options.getOrDefault("--out", "docs/benchmarks")), "first-answer");
    } else {
      System.out.println("\nOnly " + chosen + " measured: no report written.");
    }
  }

  private static Map<String, String> options(String[] arguments) {
    List<String> known = List.of("--out", "--only", "--kills");
    Map<String, String> options = new LinkedHashMap<>();
    for (int index = 0; index + 1 < arguments.length; index += 2) {
      if (!known.contains(arguments[index])) {
        throw new IllegalArgumentException(
            "unknown option " + arguments[index] + "; known are " + known);
      }
      options.put(arguments[index], arguments[index + 1]);
    }
    return options;
  }
}
