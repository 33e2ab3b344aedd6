package engram.api.memory;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import engram.api.ServerTest;
import engram.api.security.Verb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/// Facts that a chat model finds in what was said, before a model's server that finds two in
/// anything: one that was said, and one that was not.
class LearntFactsTest extends ServerTest {
  private static final HttpServer MODEL = start();

  private static HttpServer start() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/v1/chat/completions", LearntFactsTest::answer);
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> claim(String predicate, String object, String quote) {
    return Map.of("subject", "Ann", "predicate", predicate, "object", object, "quote", quote);
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      String found =
          JSON.writeValueAsString(
              List.of(
                  claim("plays", "cello", "cello is my instrument"),
                  claim("plays", "trumpet", "trumpet is my instrument")));
      String body =
          """
          {"id": "c", "object": "chat.completion", "created": 1, "model": "finder", "choices": [
            {"index": 0, "finish_reason": "stop",
             "message": {"role": "assistant", "content": %s}}]}
          """
              .formatted(JSON.writeValueAsString(found));
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    try {
      Path folder = Files.createTempDirectory("engram-facts-test");
      registry.add("engram.trial-folder", folder::toString);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    registry.add(
        "engram.chat.base-url", () -> "http://127.0.0.1:" + MODEL.getAddress().getPort() + "/v1");
    registry.add("engram.chat.model", () -> "finder");
    registry.add("engram.chat.retries-max", () -> "0");
    registry.add("engram.memory.levels.writer", () -> "extractive");
    registry.add("engram.memory.facts.extractor", () -> "model");
  }

  @AfterAll
  static void stop() {
    MODEL.stop(0);
  }

  @Test
  void factsOfAModelAndOfPatternsHaveSpansThatVerify() throws InterruptedException {
    String secret = key(Verb.values()).secret();
    var response =
        post(
            "/api/memory/events",
            """
            {"user": "ann", "events": [{"session": "s", "speaker": "Ann",
              "at": "2024-03-01T10:00:00Z",
              "text": "The cello is my instrument, and I live in Bonn."}]}
            """,
            secret);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(json(response).path("model_calls").asInt(-1)).as("writing asks no model").isZero();

    JsonNode facts = JSON.createArrayNode();
    for (int waited = 0; facts.size() < 2; waited++) {
      assertThat(waited).as("no facts were found: %s", facts).isLessThan(600);
      Thread.sleep(50);
      facts = json(get("/api/memory/facts?user=ann", secret)).path("items");
    }
    assertThat(facts.valueStream().map(fact -> fact.path("object").asString()).toList())
        .containsExactlyInAnyOrder("cello", "Bonn");
    for (JsonNode fact : facts) {
      String claim = fact.path("claim").asString();
      JsonNode verified = json(get("/api/memory/facts/" + claim + "/verify?user=ann", secret));
      assertThat(verified.path("intact").asBoolean()).isTrue();
      assertThat(verified.path("quotations").path(0).path("text").asString())
          .isIn("cello is my instrument", "I live in Bonn");
    }
  }
}
