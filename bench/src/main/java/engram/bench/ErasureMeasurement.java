package engram.bench;

import engram.system.Api;
import engram.system.RunningServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Canaries are remembered, quoted by facts and erased; then every file under the server's data
/// folder (tables, write-ahead log, indexes, logs) is searched for them.
final class ErasureMeasurement {
  private static final int CANARIES = 200;

  private ErasureMeasurement() {}

  static void run(RunningServer server, Report report) {
    Api api = server.admin();
    List<Map<String, Object>> events = new ArrayList<>();
    List<String> canaries = new ArrayList<>();
    for (int number = 0; number < CANARIES; number++) {
      // Of letters that no stemmer touches, so that the index has it as it is.
      String canary =
          "zqx" + Integer.toString(100_000 + number, 26).replaceAll("[^a-z0-9]", "") + "kk";
      canaries.add(canary);
      events.add(
          Map.of(
              "session",
              "canaries",
              "at",
              "2024-01-01T00:00:00Z",
              "text",
              "The word is " + canary + " and no other"));
    }
    JsonNode appended =
        api.post("/api/memory/events?refresh=wait", Map.of("user", "canary", "events", events));
    List<Map<String, Object>> facts = new ArrayList<>();
    for (int number = 0; number < CANARIES; number++) {
      long seq = appended.path("events").path(number).path("seq").asLong();
      facts.add(
          Map.of(
              "subject",
              "word " + number,
              "predicate",
              "is",
              "object",
              canaries.get(number),
              "event_at",
              "2024-01-01T00:00:00Z",
              "evidence",
              List.of(Map.of("event", seq, "start", 0, "end", 11))));
    }
    api.post("/api/memory/facts", Map.of("user", "canary", "facts", facts));
    Pause.forSeconds(java.time.Duration.ofSeconds(8)); // the index is committed meanwhile
    awaitProfile(api);
    long before = occurrences(server.dataFolder(), canaries);
    JsonNode receipt = api.post("/api/memory/erase", Map.of("user", "canary", "everything", true));
    long after = occurrences(server.dataFolder(), canaries);
    long readable =
        (long) api.get("/api/memory/facts?user=canary&history=true").path("items").size()
            + api.get("/api/memory/events?user=canary").path("items").size()
            + summaries(api)
            + api.get("/api/memory/episodes?user=canary").path("items").size()
            + api.post("/api/memory/recall", Map.of("user", "canary", "query", canaries.getFirst()))
                .path("items")
                .size();
    report.value("erasure_occurrences", after + readable);
    report.section(
        "Erasure",
        """
        %d canaries in events, facts, episodes, and the summaries of all levels. Occurrences in all files of the data folder before: %d (the index's; \
        tables and write-ahead log are encrypted), after: %d; readable through the API: %d. The receipt \
        says: removed %s, remaining %s.\
        """
            .formatted(
                CANARIES,
                before,
                after,
                readable,
                receipt.path("removed"),
                receipt.path("remaining")));
  }

  /// All that is derived is there before it is to go.
  private static void awaitProfile(Api api) {
    for (int tries = 0; tries < 600; tries++) {
      if (!api.get("/api/memory/levels?user=canary&level=profile").path("items").isEmpty()) {
        return;
      }
      Pause.forSeconds(java.time.Duration.ofMillis(200));
    }
    throw new IllegalStateException("there is no profile of the canaries after two minutes");
  }

  private static long summaries(Api api) {
    long count = 0;
    for (String level : List.of("episode", "topic", "profile")) {
      count += api.get("/api/memory/levels?user=canary&level=" + level).path("items").size();
    }
    return count;
  }

  private static long occurrences(Path folder, List<String> canaries) {
    long found = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try {
          String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
          found += canaries.stream().filter(content::contains).count();
        } catch (NoSuchFileException gone) {
          // A temporary file of the database.
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }
}
