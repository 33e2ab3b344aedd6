package engram.bench;

import engram.system.RunningServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The report of memory: what is recalled, what is known, what is forgotten, and what it costs.
public final class Memory {
  private static final String EVERYTHING = "locomo,bfcl,current,asof,erasure,crash,speed";

  private Memory() {}

  /// @param arguments `--only …`, `--events 10000,1000000`, `--clients 1,4,16,64`, `--seconds 10`,
  ///   `--kills 50`, `--asof 100000`, `--out FOLDER`
  public static void main(String[] arguments) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int index = 0; index + 1 < arguments.length; index += 2) {
      options.put(arguments[index], arguments[index + 1]);
    }
    List<String> only = List.of(options.getOrDefault("--only", EVERYTHING).split(","));
    Report report = new Report("Memory", "bench/memory");
    // Budgets of requests are for tenants of a shared server; here one client is the load.
    try (RunningServer server =
        RunningServer.start(
            Folders.temporary("memory"),
            List.of("-Xmx3g", "--add-modules=jdk.incubator.vector"),
            List.of())) {
      if (only.contains("locomo")) {
        new LoCoMoMeasurement(server.admin(), report).run();
        LoCoMoBoundaries.run(report);
      }
      if (only.contains("bfcl")) {
        BfclMemory.run(server.admin(), report);
      }
      if (only.contains("current")) {
        CurrentValues.run(server.admin(), report);
      }
      if (only.contains("asof")) {
        AsOfMeasurement.run(
            server.admin(), report, Integer.parseInt(options.getOrDefault("--asof", "100000")));
      }
      if (only.contains("erasure")) {
        ErasureMeasurement.run(server, report);
      }
      if (only.contains("crash")) {
        MemoryCrashes.run(report, Integer.parseInt(options.getOrDefault("--kills", "50")));
      }
      if (only.contains("speed")) {
        new MemorySpeed(
                server,
                report,
                Duration.ofSeconds(Long.parseLong(options.getOrDefault("--seconds", "10"))),
                numbers(options.getOrDefault("--clients", "1,4,16,64")))
            .run(numbers(options.getOrDefault("--events", "10000,100000,1000000")));
      }
    }
    if (!options.containsKey("--only") || options.containsKey("--out")) {
      report.write(Path.of(options.getOrDefault("--out", "docs/benchmarks")), "memory");
    }
  }

  private static List<Integer> numbers(String text) {
    return Arrays.stream(text.split(",")).map(Integer::valueOf).toList();
  }
}
