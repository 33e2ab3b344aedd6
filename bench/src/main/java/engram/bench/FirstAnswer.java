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
    boolean all = chosen.containsAll(parts.keySet());
    Path folder = Path.of(options.getOrDefault("--out", "docs/benchmarks"));
    Report report = new Report("First answer", "bench/first-answer");
    boolean failed = false;
    for (Map.Entry<String, Consumer<Report>> part : parts.entrySet()) {
      if (chosen.contains(part.getKey())) {
        failed |= !measure(part.getKey(), part.getValue(), report);
        if (all) {
          report.write(folder, "first-answer"); // as far as it got: some parts take a long time
        }
      }
    }
    if (!all) {
      System.out.println("\nOnly " + chosen + " measured: no report written.");
    }
    System.exit(failed ? 1 : 0);
  }

  /// One part that fails says so in the report and keeps nobody from the others.
  private static boolean measure(String name, Consumer<Report> part, Report report) {
    try {
      part.accept(report);
      return true;
    } catch (RuntimeException failure) {
      failure.printStackTrace();
      report.section("Failed: " + name, "`" + failure + "`");
      return false;
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
