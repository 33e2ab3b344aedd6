package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// How hits are ranked, packed and widened, as a client of the real server asks for it: with words
/// and vectors.
class RankingOptionsTest {
  private static final ModelWorld WORLD = ModelWorld.shared();
  private static final List<String> DAYS = List.of("Monday", "Tuesday", "Wednesday", "Thursday");
  private static String islands = "";

  @BeforeAll
  static void load() {
    WORLD.behave();
    islands = WORLD.api.createCollection("islands");
    put(islands, "Collegian", "The paper is edited by students of Harbour University.");
    put(islands, "Harbour University", "It has its seat in Port Selby.");
    put(islands, "Port Selby", "The mayor of the town is Ada Quill.");
    for (int filler = 0; filler < 12; filler++) {
      put(islands, "Subject " + filler, "Notes about subject number " + filler + " and no other.");
    }
  }

  @BeforeEach
  void behave() {
    WORLD.behave();
  }

  private static void put(String collection, String title, String text) {
    String path = "/api/collections/" + collection + "/documents/" + Api.encode(title + ".md");
    WORLD.api.put(
        path + "?refresh=wait",
        "text/markdown",
        ("# " + title + "\n\n" + text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static JsonNode search(String collection, Map<String, Object> options) {
    Map<String, Object> body = new HashMap<>(options);
    body.put("explain", true);
    return WORLD.api.post("/api/collections/" + collection + "/search", body).path("hits");
  }

  private static List<String> files(JsonNode hits) {
    List<String> files = new ArrayList<>();
    hits.forEach(hit -> files.add(hit.path("source").path("filename").asString()));
    return files;
  }

  @Test
  void everyHopOnTheWayToAHitIsShown() {
    String question = "Who governs the town of the Collegian?";
    JsonNode hits =
        search(islands, Map.of("query", question, "hops", 2, "embedding_weight", 0, "limit", 5));
    int at = files(hits).indexOf("Port Selby.md");
    assertThat(at).as(files(hits).toString()).isBetween(0, 3);
    assertThat(hits.path(at).path("explanation").toString())
        .contains(
            "hop 1: \\\"Collegian\\\" names \\\"Harbour University\\\"",
            "hop 2: \\\"Harbour University\\\" names \\\"Port Selby\\\"");
    assertThat(search(islands, Map.of("query", question, "embedding_weight", 0)).toString())
        .doesNotContain("hop 1");
  }

  @Test
  void feedbackFindsWhatTheFirstHitsHaveInCommon() {
    String cats = WORLD.api.createCollection("cats");
    for (int jaguar = 0; jaguar < 4; jaguar++) {
      put(cats, "Jaguar " + jaguar, "A jaguar is a feline predator that hunts by moonlight.");
    }
    put(cats, "Leopard", "Leopards, too, are feline predators which hunt by moonlight.");
    for (int filler = 0; filler < 24; filler++) {
      put(cats, "Ledger " + filler, "Accounting rules for leases, part " + filler + ".");
    }
    Map<String, Object> plain = Map.of("query", "jaguar", "embedding_weight", 0);
    assertThat(files(search(cats, plain))).hasSize(4).doesNotContain("Leopard.md");
    JsonNode hits = search(cats, Map.of("query", "jaguar", "embedding_weight", 0, "feedback", 0.6));
    assertThat(files(hits)).contains("Leopard.md");
    assertThat(hits.toString()).contains("(feedback)");
  }

  @Test
  void wordsAndVectorsAreFusedByTheNameThatIsAskedFor() {
    for (String fusion : List.of("rrf", "convex")) {
      JsonNode best =
          search(islands, Map.of("query", "seat of Harbour University", "fusion", fusion)).path(0);
      assertThat(best.path("source").path("filename").asString())
          .isEqualTo("Harbour University.md");
      JsonNode why = best.path("explanation");
      assertThat(why.path("label").asString()).startsWith(fusion);
      assertThat(why.path("parts").toString()).contains("words", "vectors");
    }
  }

  @Test
  void passagesArePackedInTheOrderThatIsAskedFor() {
    String log = WORLD.api.createCollection("log");
    StringBuilder text = new StringBuilder();
    for (String day : DAYS) {
      text.append("## ").append(day).append("\n\n");
      text.append(("On " + day + " the pump was looked at by one of the crew. ").repeat(22));
      text.append(day.equals("Thursday") ? "It did fail, and the pump did fail again." : "");
      text.append("\n\n## Night\n\n");
      // So that no two days touch: what touches is packed as one.
      text.append("Nothing of note was seen by those who kept watch. ".repeat(34)).append("\n\n");
    }
    put(log, "Log", text.toString());
    assertThat(shown(log, "document")).isEqualTo(DAYS);
    assertThat(shown(log, "edges")).hasSize(DAYS.size()).startsWith("Thursday");
  }

  /// The days in the order in which the model was shown them.
  private static List<String> shown(String collection, String packing) {
    JsonNode answer =
        ask(collection, Map.of("packing", packing, "embedding_weight", 0, "text_weight", 1));
    assertThat(answer.path("context").path("packing").asString()).isEqualTo(packing);
    String prompt = WORLD.model.requests().getLast().toString();
    return DAYS.stream()
        .filter(day -> prompt.contains("On " + day + " the pump"))
        .sorted(Comparator.comparingInt(day -> prompt.indexOf("On " + day + " the pump")))
        .toList();
  }

  private static JsonNode ask(String collection, Map<String, Object> options) {
    Map<String, Object> body = new HashMap<>(options);
    body.put("question", "On which day did the pump fail?");
    body.put("collections", List.of(collection));
    return WORLD.api.post("/api/ask", body);
  }

  @Test
  void aHitIsReadInItsSectionWhereThatIsAskedFor() {
    String guide =
        WORLD
            .api
            .post(
                "/v1/vector_stores",
                Map.of(
                    "name",
                    "guide",
                    "chunking_strategy",
                    Map.of("type", "structure", "structure", Map.of("max_chunk_size_tokens", 100))))
            .path("id")
            .asString();
    String before = "The valve is closed with care. ".repeat(14);
    String after = "The basin is emptied at dusk. ".repeat(14);
    put(guide, "Pumps", before + "\n\nThe pump does fail on the third day.\n\n" + after);
    int alone = tokens(guide, "none");
    assertThat(alone).isPositive();
    assertThat(tokens(guide, "parents")).isGreaterThan(alone);
  }

  private static int tokens(String collection, String widen) {
    JsonNode answer = ask(collection, Map.of("widen", widen, "max_passages", 1));
    return answer.path("context").path("tokens").asInt();
  }

  @Test
  void twoWaysToAnswerAreComparedByAnEvaluation() {
    JsonNode set =
        WORLD.api.post(
            "/api/evaluations/sets",
            Map.of(
                "name",
                "coast",
                "queries",
                List.of(
                    Map.of("text", ModelWorld.QUESTION, "relevant", Map.of("lighthouse.txt", 1)))));
    Map<String, Object> run = new HashMap<>();
    run.put("set", set.path("id").asString());
    run.put("collection", WORLD.collection);
    run.put(
        "configurations",
        List.of(
            Map.of("name", "written"),
            Map.of("name", "quoted", "ask", Map.of("mode", "extractive", "budget_tokens", 500))));
    run.put("answers", true);
    JsonNode ended = WORLD.api.post("/api/evaluations", run);
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!ended.path("state").asString().equals("succeeded") && System.nanoTime() < end) {
      RunningServer.pause(Duration.ofMillis(100));
      ended = WORLD.api.get("/api/evaluations/" + ended.path("id").asString());
    }
    assertThat(ended.path("state").asString()).as(ended.toString()).isEqualTo("succeeded");
    for (JsonNode each : ended.path("summary").path("configurations")) {
      assertThat(each.path("metrics").path("answered").path("mean").asDouble()).isEqualTo(1);
      assertThat(each.path("metrics").path("sentences_carried").path("mean").asDouble())
          .isEqualTo(1);
      assertThat(each.path("metrics").has("citations_needed")).isTrue();
    }
    assertThat(WORLD.model.requests()).as("the quoted answer asked no model").hasSize(1);
    run.put("configurations", List.of(Map.of("name", "x", "ask", Map.of("hops", 2))));
    assertThat(refused(run)).contains("ask.hops");
    run.put("configurations", List.of(Map.of("name", "x", "ask", Map.of("packing", "pile"))));
    assertThat(refused(run)).contains("packing");
  }

  private static String refused(Map<String, Object> run) {
    try {
      WORLD.api.post("/api/evaluations", run);
      throw new AssertionError("it was taken");
    } catch (Api.Failed failed) {
      assertThat(failed.reply().status()).isEqualTo(400);
      return failed.reply().text();
    }
  }
}
