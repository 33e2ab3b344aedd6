package engram.api.memory;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.OpenAIClientImpl;
import com.openai.core.ClientOptions;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import engram.api.ServerTest;
import engram.api.security.Verb;
import engram.inference.model.SmallModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.openai.http.okhttp.SpringAiOpenAiHttpClient;
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

  private OpenAIClient client(String secret) {
    return new OpenAIClientImpl(
        ClientOptions.builder()
            .httpClient(SpringAiOpenAiHttpClient.builder().timeout(Duration.ofSeconds(60)).build())
            .baseUrl("http://127.0.0.1:" + port + "/v1")
            .apiKey(secret)
            .maxRetries(0)
            .build());
  }

  private static ChatCompletionCreateParams.Builder weather(String session) {
    return ChatCompletionCreateParams.builder()
        .model("noise")
        .seed(7)
        .addSystemMessage("Be brief.")
        .addUserMessage("What is the weather where my cello is from?")
        .addFunctionTool(
            FunctionDefinition.builder()
                .name("weather")
                .parameters(
                    FunctionParameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .putAdditionalProperty(
                            "properties",
                            JsonValue.from(Map.of("city", Map.of("enum", List.of("Rome", "Bonn")))))
                        .putAdditionalProperty("required", JsonValue.from(List.of("city")))
                        .putAdditionalProperty("additionalProperties", JsonValue.from(false))
                        .build())
                .build())
        .putAdditionalBodyProperty(
            "engram", JsonValue.from(Map.of("memory", Map.of("user", "ann", "session", session))));
  }

  /// A step in which the model calls the function, and what a client sends back of it.
  private static void call(
      OpenAIClient client, ChatCompletionCreateParams.Builder asked, String result) {
    asked.toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED).maxCompletionTokens(120);
    ChatCompletion step = client.chat().completions().create(asked.build());
    ChatCompletionMessage message = step.choices().getFirst().message();
    assertThat(step.choices().getFirst().finishReason().toString()).isEqualTo("tool_calls");
    assertThat(step._additionalProperties().get("engram").toString())
        .as("each step is shown what was recalled")
        .contains("My cello is from Cremona.");
    asked.addMessage(message);
    for (ChatCompletionMessageToolCall call : message.toolCalls().orElseThrow()) {
      asked.addMessage(
          ChatCompletionToolMessageParam.builder()
              .toolCallId(call.asFunction().id())
              .content(result)
              .build());
    }
  }

  private static void answering(ChatCompletionCreateParams.Builder asked) {
    asked
        .toolChoice(ChatCompletionToolChoiceOption.Auto.NONE)
        .logitBias(
            ChatCompletionCreateParams.LogitBias.builder()
                .putAdditionalProperty("65", JsonValue.from(100))
                .build())
        .maxCompletionTokens(12);
  }

  @Test
  void aLoopOfToolsIsOneTurnWholeAndStreamed() {
    String secret = key(Verb.values()).secret();
    said("My cello is from Cremona.", secret);
    OpenAIClient client = client(secret);
    String question = "user: What is the weather where my cello is from?";
    String answer = "A".repeat(12);
    try {
      ChatCompletionCreateParams.Builder asked = weather("tools");
      call(client, asked, "sunny, 31 degrees");
      assertThat(kept("tools", secret)).containsExactly(question);
      call(client, asked, "no wind");
      assertThat(kept("tools", secret)).as("a step is no turn").containsExactly(question);

      answering(asked);
      for (int time = 0; time < 2; time++) {
        ChatCompletion last = client.chat().completions().create(asked.build());
        assertThat(last.choices().getFirst().message().content()).contains(answer);
        assertThat(kept("tools", secret))
            .as("once, in order, without calls and results")
            .containsExactly(question, "assistant: " + answer);
      }
      asked.addAssistantMessage(answer).addUserMessage("And tomorrow?");
      client.chat().completions().create(asked.build());
      assertThat(kept("tools", secret))
          .as("the next turn")
          .containsExactly(
              question, "assistant: " + answer, "user: And tomorrow?", "assistant: " + answer);

      ChatCompletionCreateParams.Builder streamed = weather("streamed");
      call(client, streamed, "rain");
      answering(streamed);
      try (StreamResponse<ChatCompletionChunk> chunks =
          client.chat().completions().createStreaming(streamed.build())) {
        assertThat(chunks.stream().map(chunk -> chunk._additionalProperties().toString()).toList())
            .filteredOn(more -> more.contains("memory"))
            .hasSize(1);
      }
      assertThat(kept("streamed", secret)).containsExactly(question, "assistant: " + answer);
    } finally {
      client.close();
    }
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

  @Test
  void ofAnAnswerThatNobodyWaitedForTheQuestionIsKept() throws Exception {
    String secret = key(Verb.values()).secret();
    // No end comes by itself: the token that ends an answer is forbidden.
    String body =
        body(memory("left"), true)
            .replace("{\"65\": 100}", "{\"65\": 100, \"257\": -100}")
            .replace("\"max_tokens\": 12", "\"max_tokens\": 3000");
    byte[] request =
        ("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Authorization: Bearer "
                + secret
                + "\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body)
            .getBytes(StandardCharsets.US_ASCII);
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.getOutputStream().write(request);
      byte[] first = socket.getInputStream().readNBytes(1_000);
      assertThat(new String(first, StandardCharsets.US_ASCII)).contains("200", "\"content\":\"A");
      socket.setSoLinger(true, 0); // reset, as of a client that is killed
    }
    for (int waited = 0; kept("left", secret).isEmpty(); waited++) {
      assertThat(waited).as("the turn is kept").isLessThan(1_000);
      Thread.sleep(20);
    }
    assertThat(kept("left", secret)).containsExactly("user: Where is my cello from?");
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
