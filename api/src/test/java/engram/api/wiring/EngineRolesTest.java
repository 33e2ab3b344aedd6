package engram.api.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import engram.api.ServerTest;
import engram.api.engine.EngineModels;
import engram.api.security.Verb;
import engram.inference.EngineStatus;
import engram.inference.model.SmallModels;
import engram.memory.Event;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.memory.Surprise;
import engram.retrieval.Reranker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/// Models of this process that work for the rooms above: one reranks hits, one cuts episodes. Each
/// of `noise`'s tokens is a byte, and `judge` reads letters.
class EngineRolesTest extends ServerTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  @Autowired Surprise surprise;
  @Autowired Reranker reranker;
  @Autowired EngineModels models;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    try {
      Path folder = Files.createTempDirectory("engram-engine-roles");
      SmallModels.decoder(folder.resolve("noise.gguf"), 512, "a");
      SmallModels.reranker(folder.resolve("judge.gguf"));
      registry.add("engram.inference.models-folder", folder::toString);
      registry.add("engram.inference.memory", () -> "512MB");
      registry.add("engram.inference.cache-bytes", () -> "16MB");
      registry.add("engram.inference.surprise-model", () -> "noise");
      registry.add("engram.inference.rerank-model", () -> "judge");
      registry.add("engram.workers.ingest", () -> "1");
      Path trial = Files.createTempDirectory("engram-engine-roles-trial");
      registry.add("engram.trial-folder", trial::toString);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode answered(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isBetween(200, 202);
    return json(response);
  }

  private Event event(int position, String speaker, String text) {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    return new Event(
        position + 1,
        MemoryScope.of(tenant, "ann"),
        "s",
        position,
        Role.USER,
        speaker,
        now,
        text,
        null,
        0,
        Map.of(),
        now);
  }

  /// What the signal's own endpoint says of the text, over the last of its characters.
  private double oracle(String text, int last, String secret) {
    JsonNode tokens =
        answered(
                post(
                    "/api/engine/surprise",
                    JSON.writeValueAsString(Map.of("model", "noise", "text", text)),
                    secret))
            .path("tokens");
    assertThat(tokens).hasSize(text.length());
    double sum = 0;
    int count = 0;
    for (int at = Math.max(1, text.length() - last); at < text.length(); at++) {
      sum += tokens.path(at).path("surprise").asDouble();
      count++;
    }
    return sum / count;
  }

  @Test
  void eachEventsSurpriseIsThatOfItsWordsAfterThoseBefore() {
    String secret = key(Verb.values()).secret();
    List<Event> events =
        List.of(
            event(0, "ann", "My cello is from Cremona."),
            event(1, "bot", "How old is it?"),
            event(2, "ann", ""));
    List<Double> said = surprise.of(events);
    String first = "ann: My cello is from Cremona.\n";
    String second = first + "bot: How old is it?\n";
    assertThat(said).hasSize(3);
    assertThat(said.get(0))
        .isCloseTo(oracle(first, first.length() - "ann:".length(), secret), within(1e-4));
    assertThat(said.get(1))
        .isCloseTo(
            oracle(second, second.length() - first.length() - "bot:".length(), secret),
            within(1e-4));
    assertThat(said.get(2)).isCloseTo(oracle(second + "ann: \n", 2, secret), within(1e-4));
    assertThat(surprise.of(List.of())).isEmpty();
  }

  /// The context has 512 tokens, so that an event has 256 and the half before it the other.
  @Test
  void aLongSessionIsReadInPiecesThatKnowWhatWasSaidBefore() {
    String secret = key(Verb.values()).secret();
    Random random = new Random(SEED);
    List<Event> events = new ArrayList<>();
    StringBuilder whole = new StringBuilder();
    List<Integer> ends = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = 60 + random.nextInt(120); length > 0; length--) {
        text.append((char) ('a' + random.nextInt(26)));
      }
      events.add(event(i, "ann", text.toString()));
      whole.append("ann: ").append(text).append('\n');
      ends.add(whole.length());
    }
    List<Double> said = surprise.of(events);
    assertThat(said).hasSize(12);
    // The windows as the class says: half of the context is what was said before.
    int begin = 0;
    int from = 0;
    for (int i = 0; i < 12; i++) {
      int start = i == 0 ? 0 : ends.get(i - 1);
      if (ends.get(i) - from > 512) {
        begin = start;
        from = Math.max(0, begin - 256);
      }
      String window = whole.substring(from, ends.get(i));
      assertThat(said.get(i))
          .as("-Dseed=%d, event %d", SEED, i)
          .isCloseTo(oracle(window, ends.get(i) - start - "ann:".length(), secret), within(1e-4));
    }
    assertThat(from).isPositive();
    List<Double> ofLong = surprise.of(List.of(event(0, "ann", "x".repeat(5_000))));
    assertThat(ofLong.getFirst())
        .isCloseTo(oracle("ann: " + "x".repeat(251), 252, secret), within(1e-4));
  }

  @Test
  void sessionsAreCutByIt() throws Exception {
    String secret = key(Verb.values()).secret();
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      lines.add(
          "{\"session\": \"s\", \"at\": \"2024-01-01T00:%02d:00Z\", \"text\": \"word %d\"}"
              .formatted(i, i));
    }
    answered(
        post(
            "/api/memory/events?refresh=wait",
            "{\"user\": \"eve\", \"events\": [" + String.join(",", lines) + "]}",
            secret));
    JsonNode episodes = JSON.createObjectNode();
    for (int waited = 0; episodes.path("items").isEmpty(); waited++) {
      assertThat(waited).as("no episode was cut").isLessThan(600);
      Thread.sleep(50);
      episodes = answered(get("/api/memory/episodes?user=eve", secret));
    }
    EngineStatus status = Objects.requireNonNull(models.status());
    assertThat(status.models())
        .anySatisfy(model -> {
          assertThat(model.name()).isEqualTo("noise");
          assertThat(model.loaded()).isInstanceOf(EngineStatus.DecoderLoad.class);
        });
  }

  @Test
  void hitsStandInTheOrderOfTheCrossEncoder() {
    String secret = key(Verb.values()).secret();
    String store =
        answered(post("/v1/vector_stores", "{\"name\": \"letters\"}", secret))
            .path("id")
            .asString();
    List<String> texts = List.of("k a b c d", "k q r s", "k z z z y", "k e f");
    for (int i = 0; i < texts.size(); i++) {
      answered(
          send(
              "PUT",
              "/api/collections/" + store + "/documents/" + i + ".txt?refresh=wait",
              texts.get(i),
              secret,
              "Content-Type",
              "text/plain"));
    }
    JsonNode hits =
        answered(
                post(
                    "/api/collections/" + store + "/search",
                    "{\"query\": \"k\", \"explain\": true}",
                    secret))
            .path("hits");
    assertThat(hits).hasSize(4);
    List<String> found = hits.valueStream().map(hit -> hit.path("text").asString()).toList();
    JsonNode ranked =
        answered(
                post(
                    "/v1/rerank",
                    JSON.writeValueAsString(
                        Map.of("model", "judge", "query", "k", "documents", found)),
                    secret))
            .path("results");
    assertThat(ranked.valueStream().map(one -> one.path("index").asInt()).toList())
        .isEqualTo(List.of(0, 1, 2, 3));
    List<Double> scores = reranker.scores("k", found);
    for (int i = 0; i < 4; i++) {
      double expected = ranked.path(i).path("relevance_score").asDouble();
      assertThat(hits.path(i).path("score").asDouble()).isCloseTo(expected, within(1e-6));
      assertThat(scores.get(i)).isCloseTo(expected, within(1e-6));
    }
    assertThat(reranker.name()).isEqualTo("judge");
    assertThat(hits.path(0).path("explanation").toString()).contains("\"judge\"");
  }
}
