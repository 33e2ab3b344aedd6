package engram.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.FileSearchTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import engram.system.StubModelServer.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The real server with a model server beside it: written answers, vectors, and what callers see
/// when the model is slow, broken or says what no document says.
class ModelServerTest {
  private static final String TEXT =
      """
      The lighthouse of Kestrel Point was built in 1874 by Agnes Marlow.
      Its lamp can be seen from a distance of nineteen nautical miles.
      The keeper's cottage beside it is a museum today.
      """;
  private static final String QUESTION = "Who built the lighthouse of Kestrel Point?";
  private static final String TRUE_TEXT =
      "The lighthouse was built in 1874 by Agnes Marlow. Its lamp can be seen from nineteen nautical"
          + " miles.";
  private static final String TRUE_ANSWER =
      "The lighthouse was built in 1874 by Agnes Marlow [1]. Its lamp can be seen from nineteen"
          + " nautical miles [1].";
  private static final String INVENTED = "Otto Finn painted the lighthouse green in 1999.";
  private static final Duration PATIENCE_OF_SERVER = Duration.ofSeconds(2);

  private static StubModelServer model;
  private static RunningServer server;
  private static Api api;
  private static OpenAIClient client;
  private static String collection;

  @BeforeAll
  static void startBoth() throws IOException {
    model = new StubModelServer();
    List<String> settings = new ArrayList<>(model.settings());
    settings.add(
        "--engram.retrieval.ask.first-token-timeout=" + PATIENCE_OF_SERVER.toMillis() + "ms");
    server = RunningServer.start(Files.createTempDirectory("engram-model"), List.of(), settings);
    api = server.admin();
    client =
        OpenAIOkHttpClient.builder()
            .baseUrl(server.url() + "/v1")
            .apiKey(server.adminKey())
            .responseValidation(true)
            .maxRetries(0)
            .timeout(Duration.ofSeconds(60))
            .build();
    collection = api.createCollection("coast");
    api.putDocument(collection, "lighthouse.txt", TEXT);
  }

  @AfterAll
  static void stopBoth() {
    client.close();
    server.close();
    model.close();
  }

  @BeforeEach
  void behave() {
    model.embeds(true);
    model.chats(new Script.Says(TRUE_ANSWER));
  }

  // Vectors

  @Test
  void embeddingsAreThoseOfTheModelServer() {
    List<String> texts = List.of("a lamp", "nineteen nautical miles");
    CreateEmbeddingResponse reply =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model(StubModelServer.EMBEDDING_MODEL)
                    .inputOfArrayOfStrings(texts)
                    .build());
    assertThat(reply.data()).hasSize(2);
    for (int index = 0; index < texts.size(); index++) {
      assertThat(reply.data().get(index).index()).isEqualTo(index);
      assertThat(reply.data().get(index).embedding())
          .isEqualTo(floats(texts.get(index), StubModelServer.DIMENSIONS));
    }
    assertThat(reply.usage().promptTokens()).isEqualTo(5);

    CreateEmbeddingResponse shorter =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model(StubModelServer.EMBEDDING_MODEL)
                    .input("a lamp")
                    .dimensions(8)
                    .encodingFormat(EmbeddingCreateParams.EncodingFormat.BASE64)
                    .build());
    assertThat(shorter.data().getFirst().embedding()).isEqualTo(floats("a lamp", 8));
  }

  private static List<Float> floats(String text, int dimensions) {
    List<Float> floats = new ArrayList<>();
    for (float each : StubModelServer.vector(text, dimensions)) {
      floats.add(each);
    }
    return floats;
  }

  @Test
  void anotherModelNameOrABrokenModelServerIsToldWithAStableCode() {
    EmbeddingCreateParams.Builder asked = EmbeddingCreateParams.builder().input("a lamp");
    assertThatThrownBy(() -> client.embeddings().create(asked.model("other").build()))
        .isInstanceOfSatisfying(
            NotFoundException.class, e -> assertThat(e.code()).contains("model_not_found"));
    model.embeds(false);
    assertFails(
        502,
        "embedding_model_failed",
        () -> client.embeddings().create(asked.model(StubModelServer.EMBEDDING_MODEL).build()));
  }

  @Test
  void aSearchUsesVectorsAndSaysSoWhenItCannot() {
    JsonNode both = search("lamp distance");
    assertThat(both.path("notes")).isEmpty();
    assertThat(both.path("hits").path(0).path("explanation").toString()).contains("vector");
    model.embeds(false);
    JsonNode words = search("lamp museum");
    assertThat(words.path("hits").path(0).path("explanation").toString()).doesNotContain("vector");
    assertThat(words.path("notes").toString())
        .contains("vector search is off: the embedding model failed")
        .doesNotContain(StubModelServer.SECRET);
    assertThat(words.path("hits").path(0).path("text").asString()).contains("museum");
  }

  private static JsonNode search(String query) {
    return api.post(
        "/api/collections/" + collection + "/search", Map.of("query", query, "explain", true));
  }

  @Test
  void aDocumentWaitsForABrokenEmbeddingModelAndIsThereAfterwards() {
    String other = api.createCollection("later");
    model.embeds(false);
    api.put(
        "/api/collections/" + other + "/documents/later.txt",
        "text/plain",
        "The ferry to Gullholm leaves at noon.".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    model.embeds(true);
    assertThat(
            api.awaitIngested(other, Duration.ofMinutes(2))
                .path("file_counts")
                .path("completed")
                .asInt())
        .isOne();
  }

  // Written answers

  @Test
  void askIsGeneratedAndEachSentenceIsCited() {
    JsonNode answer = ask(false);
    assertThat(answer.path("outcome").asString()).isEqualTo("generated");
    assertThat(answer.path("text").asString()).isEqualTo(TRUE_TEXT);
    assertThat(answer.path("model").asString()).isEqualTo(StubModelServer.CHAT_MODEL);
    assertThat(answer.path("unsupported")).isEmpty();
    assertEachSentenceIsCited(answer.path("text").asString(), answer.path("citations"));
    for (JsonNode citation : answer.path("citations")) {
      JsonNode span = citation.path("source").path("span");
      assertThat(TEXT.substring(span.path("start").asInt(), span.path("end").asInt()))
          .isEqualTo(citation.path("quote").asString());
    }
    assertThat(answer.path("usage").path("prompt_tokens").asInt()).isEqualTo(100);
  }

  @Test
  void askStreamsTheSameAnswer() {
    Map<String, List<JsonNode>> events = askEvents();
    assertThat(events.keySet()).containsExactly("passages", "text", "answer");
    StringBuilder text = new StringBuilder();
    events.get("text").forEach(event -> text.append(event.path("delta").asString()));
    assertThat(text).hasToString(TRUE_TEXT);
    assertThat(events.get("text")).as("it comes in pieces").hasSizeGreaterThan(3);
    JsonNode answer = events.get("answer").getFirst();
    assertThat(answer.path("text").asString()).isEqualTo(TRUE_TEXT);
    assertEachSentenceIsCited(TRUE_TEXT, answer.path("citations"));
  }

  @Test
  void chatIsGeneratedWholeAndStreamed() {
    ChatCompletion whole = client.chat().completions().create(chat("engram/" + collection));
    var message = whole.choices().getFirst().message();
    assertThat(message.content()).contains(TRUE_TEXT);
    assertThat(message.annotations().orElseThrow()).hasSizeGreaterThanOrEqualTo(2);
    assertThat(whole.usage().orElseThrow().totalTokens()).isEqualTo(120);
    assertThat(engram(whole._additionalProperties())).contains("outcome=generated");

    StringBuilder text = new StringBuilder();
    StringBuilder more = new StringBuilder();
    try (var chunks = client.chat().completions().createStreaming(chat("engram/" + collection))) {
      chunks.stream()
          .forEach(chunk -> {
            chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
            more.append(chunk._additionalProperties());
          });
    }
    assertThat(text).hasToString(TRUE_TEXT);
    assertThat(more).contains("outcome=generated");
  }

  @Test
  void aResponseWithFileSearchIsGeneratedKeptAndStreamed() {
    Response whole = client.responses().create(response());
    assertResponse(whole);
    assertResponse(client.responses().retrieve(whole.id()));

    Response streamed = null;
    StringBuilder text = new StringBuilder();
    try (var events = client.responses().createStreaming(response())) {
      for (ResponseStreamEvent event : (Iterable<ResponseStreamEvent>) events.stream()::iterator) {
        event.outputTextDelta().ifPresent(delta -> text.append(delta.delta()));
        if (event.isCompleted()) {
          streamed = event.asCompleted().response();
        }
      }
    }
    assertThat(text).hasToString(TRUE_TEXT);
    assertThat(streamed).isNotNull();
    assertResponse(streamed);
    assertResponse(client.responses().retrieve(streamed.id()));
  }

  private static void assertResponse(Response response) {
    assertThat(response.output().getFirst().isFileSearchCall()).isTrue();
    var text = response.output().getLast().asMessage().content().getFirst().asOutputText();
    assertThat(text.text()).isEqualTo(TRUE_TEXT);
    assertThat(text.annotations()).hasSizeGreaterThanOrEqualTo(2);
    assertThat(engram(response._additionalProperties())).contains("outcome=generated");
  }

  @Test
  void chatWithoutDocumentsIsTheModelsOwn() {
    model.chats(new Script.Says("Good morning [1]."));
    ChatCompletion whole = client.chat().completions().create(chat(StubModelServer.CHAT_MODEL));
    assertThat(whole.choices().getFirst().message().content()).contains("Good morning [1].");
    assertThat(chatStream(StubModelServer.CHAT_MODEL)).isEqualTo("Good morning [1].");
  }

  // What no document says

  @Test
  void aSentenceThatNoSourceCarriesIsMarkedAndNotCited() {
    model.chats(new Script.Says(TRUE_ANSWER + " " + INVENTED.replace(".", " [1].")));
    JsonNode answer = ask(false);
    String text = answer.path("text").asString();
    assertThat(answer.path("outcome").asString()).isEqualTo("generated");
    assertThat(text).isEqualTo(TRUE_TEXT + " " + INVENTED);
    assertThat(answer.path("unsupported")).hasSize(1);
    JsonNode span = answer.path("unsupported").get(0);
    assertThat(text.substring(span.path("start").asInt(), span.path("end").asInt()))
        .isEqualTo(INVENTED);
    assertEachSentenceIsCited(TRUE_TEXT, answer.path("citations"));
    for (JsonNode citation : answer.path("citations")) {
      assertThat(citation.path("answer_span").path("end").asInt())
          .isLessThanOrEqualTo(TRUE_TEXT.length());
    }
  }

  @Test
  void anAnswerThatNoSourceCarriesIsNotShown() {
    model.chats(new Script.Says(INVENTED));
    assertThat(ask(false).path("outcome").asString()).isEqualTo("unsupported");
    assertThat(ask(false).path("text").asString()).doesNotContain("Otto");
    assertThat(askEvents().toString()).contains("unsupported").doesNotContain("Otto");
    assertThat(chatStream("engram/" + collection)).isNotEmpty().doesNotContain("Otto");
    assertThat(client.responses().create(response()).toString()).doesNotContain("Otto");
  }

  @Test
  void theModelIsNotAskedWhereNothingWasFound() {
    String empty = api.createCollection("empty");
    model.chats(new Script.Says(TRUE_ANSWER));
    JsonNode answer =
        api.post("/api/ask", Map.of("question", QUESTION, "collections", List.of(empty)));
    assertThat(answer.path("outcome").asString()).isEqualTo("unsupported");
    assertThat(model.requests()).isEmpty();
  }

  // Failures of the model server

  @Test
  void aModelThatFailsIsToldWithAStableCode() {
    model.chats(new Script.Fails(500));
    assertAskFails(502, "model_failed");
    assertChatFails("model_failed", "engram/" + collection);
    assertChatFails("chat_model_failed", StubModelServer.CHAT_MODEL);
    assertResponseFails("model_failed");
  }

  @Test
  void aModelThatIsSlowIsToldWithAStableCode() {
    model.chats(new Script.Dawdles(PATIENCE_OF_SERVER.multipliedBy(10), TRUE_ANSWER));
    assertAskFails(504, "model_timeout");
    assertFails(
        504,
        "model_timeout",
        () -> client.chat().completions().create(chat("engram/" + collection)));
  }

  @Test
  void aModelThatBreaksOffNeverPassesForAnAnswer() {
    model.chats(new Script.BreaksOff("The lighthouse was built in 1874 by Agnes Marlow [1]. Its"));
    assertAskFails(503, "model_unreachable");
    assertChatFails("model_unreachable", "engram/" + collection);
    assertChatFails("chat_model_failed", StubModelServer.CHAT_MODEL);
    assertResponseFails("model_unreachable");
  }

  @Test
  void aModelThatTrailsOffNeverPassesForAnAnswer() {
    model.chats(new Script.TrailsOff("The lighthouse was built in 1874 by Agnes Marlow [1]. Its"));
    assertThat(askEvents().keySet()).endsWith("error");
    assertAskFails(503, "model_unreachable");
    assertThatThrownBy(() -> chatStream(StubModelServer.CHAT_MODEL))
        .hasMessageContaining("did not answer as it should");
  }

  private static void assertAskFails(int status, String code) {
    assertThatThrownBy(() -> ask(false))
        .isInstanceOfSatisfying(
            Api.Failed.class,
            failed -> {
              assertThat(failed.reply().status()).as(failed.getMessage()).isEqualTo(status);
              assertThat(failed.reply().json().path("code").asString()).isEqualTo(code);
            })
        .message()
        .doesNotContain(StubModelServer.SECRET, "xception");
    Map<String, List<JsonNode>> events = askEvents();
    assertThat(events.keySet()).doesNotContain("answer").endsWith("error");
    assertThat(events.get("error").getFirst().path("code").asString()).isEqualTo(code);
    assertThat(events.toString()).doesNotContain(StubModelServer.SECRET, "xception");
  }

  private static void assertChatFails(String code, String modelName) {
    var whole =
        catchThrowableOfType(
            InternalServerException.class,
            () -> client.chat().completions().create(chat(modelName)));
    assertThat(whole.code()).contains(code);
    assertThatThrownBy(() -> chatStream(modelName))
        .message()
        .doesNotContain(StubModelServer.SECRET, "xception");
  }

  private static void assertResponseFails(String code) {
    var whole =
        catchThrowableOfType(
            InternalServerException.class, () -> client.responses().create(response()));
    assertThat(whole.code()).contains(code);
    List<String> types = new ArrayList<>();
    try (var events = client.responses().createStreaming(response())) {
      events.stream()
          .forEach(event ->
              types.add(event.isFailed() ? "failed" : event.isCompleted() ? "completed" : "other"));
    }
    assertThat(types).endsWith("failed").doesNotContain("completed");
  }

  private static void assertFails(
      int status, String code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    InternalServerException failure = catchThrowableOfType(InternalServerException.class, call);
    assertThat(failure).as("a failure with status %d", status).isNotNull();
    assertThat(failure.statusCode()).isEqualTo(status);
    assertThat(failure.code()).contains(code);
    assertThat(failure.getMessage()).doesNotContain(StubModelServer.SECRET);
  }

  // Requests

  private static JsonNode ask(boolean stream) {
    return api.post("/api/ask", question(stream));
  }

  private static Map<String, Object> question(boolean stream) {
    return Map.of("question", QUESTION, "collections", List.of(collection), "stream", stream);
  }

  /// The data of the events by their names, in the order in which the names came.
  private static Map<String, List<JsonNode>> askEvents() {
    JsonMapper json = JsonMapper.shared();
    String text =
        api.send(
                "POST",
                "/api/ask",
                "application/json",
                json.writeValueAsBytes(question(true)),
                Map.of())
            .text();
    Map<String, List<JsonNode>> events = new LinkedHashMap<>();
    for (String event : text.split("\n\n", -1)) {
      if (event.startsWith("event: ")) {
        String[] lines = event.split("\n", 2);
        events
            .computeIfAbsent(lines[0].substring("event: ".length()), unused -> new ArrayList<>())
            .add(json.readTree(lines[1].substring("data: ".length())));
      }
    }
    return events;
  }

  private static ChatCompletionCreateParams chat(String modelName) {
    return ChatCompletionCreateParams.builder().model(modelName).addUserMessage(QUESTION).build();
  }

  private static String chatStream(String modelName) {
    StringBuilder text = new StringBuilder();
    try (var chunks = client.chat().completions().createStreaming(chat(modelName))) {
      chunks.stream()
          .map(ChatCompletionChunk::choices)
          .flatMap(List::stream)
          .forEach(choice -> choice.delta().content().ifPresent(text::append));
    }
    return text.toString();
  }

  private static ResponseCreateParams response() {
    return ResponseCreateParams.builder()
        .model("engram")
        .input(QUESTION)
        .addTool(FileSearchTool.builder().vectorStoreIds(List.of(collection)).build())
        .build();
  }

  private static String engram(Map<String, ?> more) {
    return String.valueOf(more.get("engram"));
  }

  /// The sentences of `text` end with a full stop, and each has a citation that covers it.
  private static void assertEachSentenceIsCited(String text, JsonNode citations) {
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('.', start) + 1;
      int from = start;
      boolean cited = false;
      for (JsonNode citation : citations) {
        JsonNode span = citation.path("answer_span");
        cited |= span.path("start").asInt() <= from && span.path("end").asInt() >= end;
      }
      assertThat(cited).as("%s is cited by %s", text.substring(start, end), citations).isTrue();
      start = end + 1;
    }
  }
}
