package engram.bench;

import engram.bench.LoCoMoQuestions.Asked;
import engram.bench.LoCoMoQuestions.Got;
import engram.system.Api;
import engram.system.PublicData;
import engram.system.RunningServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Whether it matters where episodes begin: the same questions with cuts at cohesion's drops, every
/// eight events, and as many at random, each with the weights under which episodes count. Nothing
/// is chosen here.
final class LoCoMoBoundaries {
  private static final List<String> SEGMENTERS = List.of("none", "cohesion", "fixed", "random");
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /// An episode's match counts, and neighbours lend across its border as within, or not at all.
  private static final Map<String, Map<String, Object>> WEIGHTS = weights();

  private LoCoMoBoundaries() {}

  private static Map<String, Map<String, Object>> weights() {
    Map<String, Map<String, Object>> weights = new LinkedHashMap<>();
    weights.put("as a prior", Map.of("episode", 0.2, "across", 1));
    weights.put("as a border too", Map.of("episode", 0.2, "across", 0));
    return weights;
  }

  static void run(Report report) {
    Optional<Path> folder = PublicData.find("mem-locomo");
    if (folder.isEmpty()) {
      report.value("locomo_r10_random_boundaries", "data absent");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("boundaries", "episodes", "recall@10, as a prior", "recall@10, as a border too"));
    for (String segmenter : SEGMENTERS) {
      rows.add(measure(segmenter, folder.get(), report));
    }
    report.section(
        "LoCoMo: does it matter where episodes begin?",
        Report.table(rows)
            + "\nCategories 1 to 4, default weights but for `episode` .2 and `across` 1 or 0. `none`"
            + " makes each session one episode.");
  }

  private static List<String> measure(String segmenter, Path folder, Report report) {
    try (RunningServer server =
        RunningServer.start(
            Folders.temporary("memory-" + segmenter),
            List.of("-Xmx1g", "--add-modules=jdk.incubator.vector"),
            List.of("--engram.memory.episodes.segmenter=" + segmenter))) {
      Api api = server.admin();
      Map<String, List<Asked>> samples = LoCoMoQuestions.load(api, folder);
      long episodes = 0;
      for (String user : samples.keySet()) {
        episodes += awaitEpisodes(api, user);
      }
      List<Asked> asked =
          samples.values().stream()
              .flatMap(List::stream)
              .filter(one -> one.category() <= 4)
              .toList();
      List<String> row = new ArrayList<>(List.of(segmenter, Long.toString(episodes)));
      WEIGHTS.forEach((name, weights) -> {
        double recall =
            LoCoMoQuestions.ask(api, asked, Map.of("items", 10, "weights", weights)).stream()
                .mapToDouble(Got::share)
                .average()
                .orElse(Double.NaN);
        row.add(Report.number(recall));
        if (name.equals("as a prior")) {
          report.value("locomo_r10_" + segmenter + "_boundaries", recall);
        }
      });
      return row;
    }
  }

  /// Episodes follow the log; all of it is cut when they have as many events.
  private static long awaitEpisodes(Api api, String user) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      long turns = 0;
      for (JsonNode level : api.get("/api/memory/sizes?user=" + user).path("levels")) {
        turns += level.path("level").asString("").equals("turn") ? level.path("items").asLong() : 0;
      }
      long events = 0;
      JsonNode episodes = api.get("/api/memory/episodes?limit=1000&user=" + user).path("items");
      for (JsonNode episode : episodes) {
        events += episode.path("events").asLong();
      }
      if (events == turns && turns > 0) {
        return episodes.size();
      }
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException(
            "%d of %d events of %s are in episodes".formatted(events, turns, user));
      }
      Pause.forSeconds(Duration.ofMillis(250));
    }
  }
}
