package engram.bench;

import engram.system.Api;
import engram.system.PublicData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The memory questions of BFCL v4: in how many an accepted answer stands in one of the first five
/// recalled events. The conversations have no dates; each turn is given one minute, which only puts
/// them in order.
final class BfclMemory {
  private static final List<String> SCENARIOS = List.of("customer", "healthcare", "notetaker");
  private static final Instant BEGIN = Instant.parse("2024-01-01T00:00:00Z");

  private BfclMemory() {}

  static void run(Api api, Report report) {
    Optional<Path> data = PublicData.find("tool-bfcl").map(folder -> folder.resolve("memory"));
    if (data.isEmpty()) {
      report.value("bfcl_top5", "data absent");
      report.section("BFCL memory", "Data absent: the public set `tool-bfcl` (ENGRAM_DATA).");
      return;
    }
    for (String scenario : SCENARIOS) {
      append(api, scenario, rows(data.get().resolve("memory_prereq_" + scenario + ".json")));
    }
    Map<String, List<String>> accepted = new HashMap<>();
    for (JsonNode row : rows(data.get().resolve("possible_answer.BFCL_v4_memory.shared.jsonl"))) {
      List<String> answers = new ArrayList<>();
      row.path("ground_truth").forEach(answer -> answers.add(answer.asString("")));
      accepted.put(row.path("id").asString(""), answers);
    }
    int asked = 0;
    int found = 0;
    List<String> missed = new ArrayList<>();
    for (JsonNode row : rows(data.get().resolve("BFCL_v4_memory.shared.jsonl"))) {
      String question = row.path("question").path(0).path(0).path("content").asString("");
      String texts = recalled(api, row.path("scenario").asString(""), question);
      asked++;
      boolean hit =
          accepted.getOrDefault(row.path("id").asString(""), List.of()).stream()
              .anyMatch(answer -> texts.contains(plain(answer)));
      found += hit ? 1 : 0;
      if (!hit) {
        missed.add(row.path("id").asString(""));
      }
    }
    report.value("bfcl_questions", asked);
    report.value("bfcl_top5", (double) found / asked);
    report.section(
        "BFCL memory",
        """
        In %d of %d questions an accepted answer stands, letter by letter but for case and punctuation, in \
        one of the first five recalled events (%s). Missed: %s.\
        """
            .formatted(
                found, asked, Report.number((double) found / asked), String.join(", ", missed)));
  }

  private static String recalled(Api api, String scenario, String question) {
    StringBuilder texts = new StringBuilder();
    JsonNode reply =
        api.post(
            "/api/memory/recall",
            Map.of("user", "bfcl-" + scenario, "query", question, "items", 5));
    for (JsonNode item : reply.path("items")) {
      texts.append(plain(item.path("event").path("text").asString(""))).append('\n');
    }
    return texts.toString();
  }

  private static String plain(String text) {
    return text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
  }

  private static void append(Api api, String scenario, List<JsonNode> sessions) {
    int minute = 0;
    for (JsonNode session : sessions) {
      List<Map<String, Object>> events = new ArrayList<>();
      for (JsonNode turn : session.path("question")) {
        for (JsonNode message : turn) {
          events.add(
              Map.of(
                  "session",
                  session.path("id").asString(""),
                  "role",
                  message.path("role").asString("user"),
                  "at",
                  BEGIN.plusSeconds(60L * minute++).toString(),
                  "text",
                  message.path("content").asString("")));
        }
      }
      api.post(
          "/api/memory/events?refresh=wait", Map.of("user", "bfcl-" + scenario, "events", events));
    }
  }

  private static List<JsonNode> rows(Path file) {
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> !line.isBlank())
          .map(line -> JsonMapper.shared().readTree(line))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
