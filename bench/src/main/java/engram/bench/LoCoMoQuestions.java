package engram.bench;

import engram.system.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// LoCoMo's conversations appended to a server, and its questions asked there.
final class LoCoMoQuestions {
  private static final Pattern EVIDENCE = Pattern.compile("D\\d+:\\d+");

  private LoCoMoQuestions() {}

  /// @param evidence ids of turns that exist
  record Asked(String user, String question, int category, Set<String> evidence) {}

  /// @param share of the evidence
  record Got(Asked asked, double share) {}

  static List<Got> ask(Api api, List<Asked> questions, Map<String, Object> options) {
    List<Got> got = new ArrayList<>();
    for (Asked asked : questions) {
      Map<String, Object> body = new HashMap<>(options);
      body.put("user", asked.user());
      body.put("query", asked.question());
      Set<String> found = new LinkedHashSet<>();
      for (JsonNode item : api.post("/api/memory/recall", body).path("items")) {
        found.add(item.path("event").path("attributes").path("dia_id").asString(""));
      }
      long hit = asked.evidence().stream().filter(found::contains).count();
      got.add(new Got(asked, (double) hit / asked.evidence().size()));
    }
    return got;
  }

  /// By conversation.
  static Map<String, List<Asked>> load(Api api, Path folder) {
    Map<String, List<Asked>> samples = new LinkedHashMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).sorted().toList()) {
        for (JsonNode sample : JsonMapper.shared().readTree(Files.readString(file))) {
          String user = "locomo-" + sample.path("sample_id").asString("");
          Set<String> turns = append(api, user, sample.path("conversation"));
          samples.put(user, questions(user, sample, turns));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return samples;
  }

  private static Set<String> append(Api api, String user, JsonNode conversation) {
    Set<String> turns = new LinkedHashSet<>();
    for (int number = 1; conversation.has("session_" + number + "_date_time"); number++) {
      List<Map<String, Object>> events = new ArrayList<>();
      String at =
          LoCoMoTimes.iso(conversation.path("session_" + number + "_date_time").asString(""));
      for (JsonNode turn : conversation.path("session_" + number)) {
        String id = turn.path("dia_id").asString("");
        String caption = turn.path("blip_caption").asString("");
        turns.add(id);
        events.add(
            Map.of(
                "session",
                "session " + number,
                "speaker",
                turn.path("speaker").asString(""),
                "at",
                at,
                "key",
                id,
                "text",
                turn.path("text").asString("")
                    + (caption.isEmpty() ? "" : " [image: " + caption + "]"),
                "attributes",
                Map.of("dia_id", id)));
      }
      if (!events.isEmpty()) {
        api.post("/api/memory/events?refresh=wait", Map.of("user", user, "events", events));
      }
    }
    return turns;
  }

  private static List<Asked> questions(String user, JsonNode sample, Set<String> turns) {
    List<Asked> questions = new ArrayList<>();
    for (JsonNode asked : sample.path("qa")) {
      Set<String> evidence = new LinkedHashSet<>();
      for (JsonNode piece : asked.path("evidence")) {
        Matcher ids = EVIDENCE.matcher(piece.asString(""));
        while (ids.find()) {
          if (turns.contains(ids.group())) {
            evidence.add(ids.group());
          }
        }
      }
      if (!evidence.isEmpty()) {
        questions.add(
            new Asked(
                user,
                asked.path("question").asString(""),
                asked.path("category").asInt(0),
                evidence));
      }
    }
    return questions;
  }
}
