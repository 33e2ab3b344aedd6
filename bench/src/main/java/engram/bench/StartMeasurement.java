package engram.bench;

import engram.system.FastStart;
import engram.system.Resident;
import engram.system.RunningServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// How long from the start of the process to readiness, and what it holds when nobody asks.
///
/// Floor: the JVM's own start with an empty main. Between the floor and us lie the database's
/// start, Spring, Hibernate and the opening of the index.
final class StartMeasurement {
  private static final int STARTS = 5;
  private static final Duration REST = Duration.ofSeconds(20);

  private StartMeasurement() {}

  static void run(Report report) {
    Path folder = Folders.temporary("start");
    List<Double> plain = new ArrayList<>();
    double resident = 0;
    double tree = 0;
    RunningServer server =
        RunningServer.start(RunningServer.jar(), folder.resolve("data"), List.of(), List.of());
    double first = seconds(server.readyAfter());
    try (server) {
      Pause.forSeconds(REST);
      resident = Resident.of(server.process().toHandle()) / 1e6;
      tree = Resident.ofAll(server) / 1e6;
      for (int start = 0; start < STARTS; start++) {
        server.stop();
        server.restart();
        plain.add(seconds(server.readyAfter()));
      }
    }
    List<Double> aot = aot(folder);
    List<Double> floor = bareJvm();
    report.value("ready_seconds", Stats.median(plain));
    report.value("ready_seconds_first", first);
    report.value("ready_seconds_aot", Stats.median(aot));
    report.value("ready_seconds_floor_bare_jvm", Stats.median(floor));
    report.value("idle_rss_mb", resident);
    report.value("idle_rss_with_database_mb", tree);
    report.section(
        "Start and rest",
        Report.table(
                List.of(
                    List.of("what", "median s", "spread"),
                    List.of(
                        "floor: `java -version`",
                        Report.number(Stats.median(floor)),
                        Stats.spread(floor)),
                    List.of("first start, makes the database", Report.number(first), ""),
                    List.of(
                        "`java -jar`, " + STARTS + " restarts",
                        Report.number(Stats.median(plain)),
                        Stats.spread(plain)),
                    List.of(
                        "as `./engram serve` starts it: unpacked, with its cache",
                        Report.number(Stats.median(aot)),
                        Stats.spread(aot))))
            + "\nResident after "
            + REST.toSeconds()
            + " s without requests: "
            + Report.number(resident)
            + " MB, with the database's processes "
            + Report.number(tree)
            + " MB (shared pages counted in each). Aims: ready in under 5 s on an idle machine, under 500 MB.");
  }

  /// As `./engram` does it.
  private static List<Double> aot(Path folder) {
    List<Double> seconds = new ArrayList<>();
    try (RunningServer server =
        RunningServer.start(FastStart.jar(), folder.resolve("data-aot"), List.of(), List.of())) {
      for (int start = 0; start < STARTS; start++) {
        server.stop();
        server.restart();
        seconds.add(seconds(server.readyAfter()));
      }
    }
    return seconds;
  }

  private static List<Double> bareJvm() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<Double> seconds = new ArrayList<>();
    for (int start = 0; start < STARTS; start++) {
      Instant begin = Instant.now();
      Folders.run(List.of(java, "-version"));
      seconds.add(seconds(Duration.between(begin, Instant.now())));
    }
    return seconds;
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
