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
  private static final String EVERYTHING = "locomo,bfcl,current,erasure,crash,speed";

  private Memory() {}

  /// @param arguments `--only …`, `--events 10000,1000000`, `--kills 50`, `--out FOLDER`
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
      }
      if (only.contains("bfcl")) {
        BfclMemory.run(server.admin(), report);
      }
      if (only.contains("current")) {
        CurrentValues.run(server.admin(), report);
      }
      if (only.contains("erasure")) {
        ErasureMeasurement.run(server, report);
      }
      if (only.contains("crash")) {
        MemoryCrashes.run(report, Integer.parseInt(options.getOrDefault("--kills", "50")));
      }
      if (only.contains("speed")) {
        List<Integer> sizes =
            Arrays.stream(options.getOrDefault("--events", "10000,100000,1000000").split(","))
                .map(Integer::valueOf)
                .toList();
        new MemorySpeed(server, report, Duration.ofSeconds(10)).run(sizes);
      }
    }
    if (!options.containsKey("--only") || options.containsKey("--out")) {
      report.write(Path.of(options.getOrDefault("--out", "docs/benchmarks")), "memory");
    }
  }
}
