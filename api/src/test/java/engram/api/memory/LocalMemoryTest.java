package engram.api.memory;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.Verb;
import engram.inference.model.SmallModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/// Memory named by requests that a model of this process answers: a small one of random weights.
class LocalMemoryTest extends ServerTest {
  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    try {
      Path folder = Files.createTempDirectory("engram-local-memory");
      SmallModels.decoder(folder.resolve("noise.gguf"), 4096, "a");
      registry.add("engram.inference.models-folder", folder::toString);
      registry.add("engram.inference.memory", () -> "512MB");
      registry.add("engram.inference.cache-bytes", () -> "16MB");
      Path trial = Files.createTempDirectory("engram-local-memory-trial");
      registry.add("engram.trial-folder", trial::toString);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void said(String text, String secret) {
    HttpResponse<String> response =
        post(
            "/api/memory/events?refresh=wait",
            "{\"user\": \"ann\", \"events\": [{\"session\": \"old\", \"at\": \"2024-01-01T00:00:00Z\", \"text\": %s}]}"
                .formatted(JSON.writeValueAsString(text)),
            secret);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  private static String body(String engram, boolean stream) {
    return """
    {"model": "noise", "seed": 7, "max_tokens": 12, "stream": %s,
     "stream_options": {"include_usage": true},
     "logit_bias": {"65": 100}, "messages": [{"role": "system", "content": "Be brief."},
       {"role": "user", "content": "Where is my cello from?"}],
     "engram": %s}
    """
        .formatted(stream, engram);
  }

  private static String memory(String session) {
    return "{\"priority\": \"batch\", \"memory\": {\"user\": \"ann\", \"session\": \"%s\"}}"
        .formatted(session);
  }

  private JsonNode answered(String path, String body, String secret) {
    HttpResponse<String> response = post(path, body, secret);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response);
  }

  private List<JsonNode> streamed(String path, String body, String secret) {
    HttpResponse<String> response = post(path, body, secret);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response
        .body()
        .lines()
        .filter(line -> line.startsWith("data: {"))
        .map(line -> JSON.readTree(line.substring("data: ".length())))
        .toList();
  }

  private List<String> kept(String session, String secret) {
    List<String> lines = new ArrayList<>();
    json(get("/api/memory/events?user=ann&session=" + session, secret))
        .path("items")
        .forEach(
            item -> lines.add(item.path("role").asString() + ": " + item.path("text").asString()));
    return lines;
  }

  @Test
  void itsDialogueHasTheNotesAndItsAnswerIsKeptOnceWholeAndStreamed() {
    String secret = key(Verb.values()).secret();
    said("My cello is from Cremona.", secret);
    String chat = "/v1/chat/completions";
    int alone =
        answered(chat, body("{\"priority\": \"batch\"}", false), secret)
            .path("usage")
            .path("prompt_tokens")
            .asInt();
    JsonNode whole = answered(chat, body(memory("s1"), false), secret);
    assertThat(whole.path("usage").path("prompt_tokens").asInt())
        .as("the model reads what was recalled")
        .isGreaterThan(alone + "My cello is from Cremona.".length());
    JsonNode recalled = whole.path("engram").path("memory").path("recalled");
    assertThat(recalled.path(0).path("text").asString()).isEqualTo("My cello is from Cremona.");
    List<String> turn = List.of("user: Where is my cello from?", "assistant: " + "A".repeat(12));
    assertThat(kept("s1", secret)).isEqualTo(turn);
    answered(chat, body(memory("s1"), false), secret);
    assertThat(kept("s1", secret)).as("the same turn again").isEqualTo(turn);

    List<JsonNode> chunks = streamed(chat, body(memory("s2"), true), secret);
    List<JsonNode> told =
        chunks.stream().filter(chunk -> chunk.path("engram").has("memory")).toList();
    assertThat(told).hasSize(1);
    assertThat(told.getFirst().path("engram").path("memory").path("kept").size()).isEqualTo(2);
    assertThat(kept("s2", secret)).isEqualTo(turn);
  }

  @Test
  void responsesOfItRememberToo() {
    String secret = key(Verb.values()).secret();
    said("My cello is from Cremona.", secret);
    String request =
        """
        {"model": "noise", "seed": 7, "max_output_tokens": 12, "logit_bias": {"65": 100},
         "stream": %s, "input": "Where is my cello from?", "engram": %s}
        """;
    List<String> turn = List.of("user: Where is my cello from?", "assistant: " + "A".repeat(12));
    JsonNode whole = answered("/v1/responses", request.formatted("false", memory("r1")), secret);
    assertThat(whole.path("engram").path("memory").path("recalled").size()).isPositive();
    assertThat(kept("r1", secret)).isEqualTo(turn);
    List<JsonNode> events =
        streamed("/v1/responses", request.formatted("true", memory("r2")), secret);
    assertThat(events.getLast().path("response").path("engram").path("memory").path("kept").size())
        .isEqualTo(2);
    assertThat(kept("r2", secret)).isEqualTo(turn);
  }

  @ParameterizedTest
  @CsvSource({
    "noise, polcy, There is no",
    "engram, polcy, There is no",
    "engram, priority, models of this process"
  })
  void aFieldThatNobodyReadsIsRefusedByName(String model, String field, String said) {
    String secret = key(Verb.values()).secret();
    answered("/v1/vector_stores", "{\"name\": \"one\"}", secret);
    HttpResponse<String> response =
        post(
            "/v1/chat/completions",
            """
            {"model": "%s", "messages": [{"role": "user", "content": "Where?"}],
             "engram": {"%s": "batch", "memory": {"user": "ann"}}}
            """
                .formatted(model, field),
            secret);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    JsonNode error = json(response).path("error");
    assertThat(error.path("param").asString()).isEqualTo("engram." + field);
    assertThat(error.path("message").asString()).contains(said);
  }
}
