package engram.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.fakes.FakeServer;
import engram.db.TenantScope;
import engram.inference.PublicData;
import engram.inference.model.SmallModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Models of this process, asked through Spring AI's interfaces and over HTTP.
@SpringBootTest(
    classes = FakeServer.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class ServedModelsTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Path FOLDER = folder();

  @LocalServerPort int port;
  @Autowired ChatModel chat;
  @Autowired EmbeddingModel embedding;
  @Autowired EngineModels models;

  private static Path folder() {
    try {
      Path folder = Files.createTempDirectory("engram-models");
      SmallModels.decoder(folder.resolve("noise.gguf"), 512, "a");
      SmallModels.encoder(folder.resolve("letters.gguf"));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("engram.inference.models-folder", FOLDER::toString);
    registry.add("engram.inference.memory", () -> "512MB");
    registry.add("engram.inference.cache-bytes", () -> "16MB");
    registry.add("engram.chat.model", () -> "noise");
    registry.add("engram.embedding.model", () -> "letters");
  }

  private HttpResponse<String> get(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode post(String path, String body, int status) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> reply = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    return JsonMapper.shared().readTree(reply.body());
  }

  private static Prompt prompt(String text, int maxTokens) {
    return new Prompt(text, ChatOptions.builder().maxTokens(maxTokens).temperature(0.0).build());
  }

  @Test
  void theChatModelStreamsWhatItSaysAtOnce() {
    ChatResponse whole = chat.call(prompt("Hello", 20));
    assertThat(whole.getResult().getMetadata().getFinishReason()).isIn("length", "stop");
    assertThat(whole.getMetadata().getModel()).isEqualTo("noise");
    assertThat(whole.getMetadata().getUsage().getPromptTokens()).isGreaterThan(5);
    List<ChatResponse> pieces = chat.stream(prompt("Hello", 20)).collectList().block();
    StringBuilder text = new StringBuilder();
    pieces.forEach(piece -> text.append(piece.getResult().getOutput().getText()));
    assertThat(text.toString()).isEqualTo(whole.getResult().getOutput().getText()).isNotEmpty();
    ChatResponse last = pieces.getLast();
    assertThat(last.getResult().getMetadata().getFinishReason())
        .isEqualTo(whole.getResult().getMetadata().getFinishReason());
    assertThat(last.getMetadata().getUsage().getCompletionTokens())
        .isEqualTo(whole.getMetadata().getUsage().getCompletionTokens());
  }

  @Test
  void tenantsSeeNothingOfEachOthersPrefixes() {
    String text = "x".repeat(200);
    var one = java.util.UUID.randomUUID();
    var other = java.util.UUID.randomUUID();
    assertThat(cached(one, text)).isZero();
    assertThat(cached(one, text)).isGreaterThan(100);
    assertThat(cached(other, text)).isZero();
    // Without a tenant nothing is shared, not even among such calls.
    chat.call(prompt(text, 1));
    assertThat(chat.call(prompt(text, 1)).getMetadata().getUsage().getCacheReadInputTokens())
        .isZero();
  }

  private long cached(java.util.UUID tenant, String text) {
    return TenantScope.callAs(tenant, () -> chat.call(prompt(text, 1)))
        .getMetadata()
        .getUsage()
        .getCacheReadInputTokens();
  }

  @Test
  void aStreamThatNobodyReadsAnyMoreIsCancelled() throws Exception {
    chat.stream(prompt("Hello", 400)).take(2).collectList().block();
    for (int waited = 0; running() > 0; waited++) {
      assertThat(waited).as("the request still runs").isLessThan(500);
      Thread.sleep(10);
    }
  }

  private int running() {
    return models.status().models().stream()
        .filter(model -> model.name().equals("noise"))
        .map(model -> (engram.inference.EngineStatus.DecoderLoad) model.loaded())
        .mapToInt(load -> load.running() + load.waiting())
        .sum();
  }

  @Test
  void vectorsOfTheSameTextAreTheSame() {
    float[] alone = embedding.embed("a b c");
    List<float[]> together = embedding.embed(List.of("x y", "a b c"));
    assertThat(together.get(1)).isEqualTo(alone);
    assertThat(together.get(0)).isNotEqualTo(alone);
    assertThat(embedding.dimensions()).isEqualTo(32);
  }

  @Test
  void everyModelOfTheFolderIsListedAndAnswersByItsName() throws Exception {
    assertThat(get("/v1/models").body()).contains("\"noise\"", "\"letters\"");
    JsonNode vectors = post("/v1/embeddings", "{\"model\":\"letters\",\"input\":\"a b c\"}", 200);
    assertThat(vectors.path("data").path(0).path("embedding")).hasSize(32);
    assertThat(vectors.path("usage").path("prompt_tokens").asInt()).isEqualTo(5);
    SmallModels.decoder(FOLDER.resolve("late.gguf"), 512, "b");
    for (int waited = 0; !models.has("late"); waited++) {
      assertThat(waited).as("the model that came late is not seen").isLessThan(50);
      Thread.sleep(100);
    }
    JsonNode said =
        post(
            "/v1/chat/completions",
            "{\"model\":\"late\",\"max_tokens\":4,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
            200);
    assertThat(said.path("usage").path("completion_tokens").asInt()).isBetween(1, 4);
  }

  @Test
  void whatAModelCannotDoIsSaid() throws Exception {
    JsonNode refused =
        post("/v1/rerank", "{\"model\":\"noise\",\"query\":\"a\",\"documents\":[\"b\"]}", 400);
    assertThat(refused.path("error").path("code").asString()).isEqualTo("model_refused_request");
    assertThat(refused.path("error").path("message").asString()).contains("noise");
    String long_ = "x".repeat(600);
    JsonNode tooLong =
        post(
            "/v1/chat/completions",
            "{\"model\":\"noise\",\"messages\":[{\"role\":\"user\",\"content\":\""
                + long_
                + "\"}]}",
            400);
    assertThat(tooLong.path("error").path("code").asString()).isEqualTo("context_length_exceeded");
    assertThat(tooLong.path("error").path("message").asString()).contains("512");
  }

  @Test
  void aRealModelTellsItsStory() throws Exception {
    Path data = PublicData.require("model-stories260k");
    Path link = FOLDER.resolve("stories.gguf");
    Files.copy(data.resolve("tinyllamas-stories-260k-f32.gguf"), link);
    try {
      for (int waited = 0; !models.has("stories"); waited++) {
        assertThat(waited).isLessThan(50);
        Thread.sleep(100);
      }
      ChatResponse said =
          new EngineChatModel(models, "stories", java.time.Duration.ofMinutes(1))
              .call(prompt("Once upon a time", 30));
      assertThat(said.getMetadata().getUsage().getCompletionTokens()).isBetween(1, 30);
    } finally {
      Files.delete(link);
    }
  }
}
