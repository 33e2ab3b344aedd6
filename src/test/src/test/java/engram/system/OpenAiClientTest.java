package engram.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import com.openai.models.responses.FileSearchTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.vectorstores.VectorStoreCreateParams;
import com.openai.models.vectorstores.VectorStoreSearchParams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The official client of OpenAI against the real server, with its strict validation on.
class OpenAiClientTest {
  private static final String TEXT =
      """
      The lighthouse of Kestrel Point was built in 1874 by Agnes Marlow.
      Its lamp can be seen from a distance of nineteen nautical miles.
      The keeper's cottage beside it is a museum today.
      """;

  private static OpenAIClient client;
  private static String storeId;
  private static String fileId;

  @BeforeAll
  static void putADocumentIn() {
    client = OpenAiClients.of(RunningServer.shared());
    fileId = OpenAiClients.upload(client, "lighthouse.txt", TEXT).id();
    storeId =
        client.vectorStores().create(VectorStoreCreateParams.builder().name("coast").build()).id();
    client
        .vectorStores()
        .files()
        .create(
            storeId,
            com.openai.models.vectorstores.files.FileCreateParams.builder().fileId(fileId).build());
    Awaitility.await()
        .atMost(Duration.ofSeconds(120))
        .until(() -> client.vectorStores().retrieve(storeId).fileCounts().completed() == 1);
  }

  @Test
  void searchFindsThePassage() {
    var page =
        client
            .vectorStores()
            .search(
                VectorStoreSearchParams.builder()
                    .vectorStoreId(storeId)
                    .query("Who built the lighthouse?")
                    .build());
    assertThat(page.items().getFirst().fileId()).isEqualTo(fileId);
    assertThat(page.items().getFirst().content().getFirst().text()).contains("Agnes Marlow");
  }

  private static ChatCompletionCreateParams question() {
    return ChatCompletionCreateParams.builder()
        .model("engram/" + storeId)
        .addUserMessage("Who built the lighthouse of Kestrel Point?")
        .build();
  }

  @Test
  void chatAnswersWithACitation() {
    ChatCompletion completion = client.chat().completions().create(question());
    var message = completion.choices().getFirst().message();
    assertThat(message.content().orElseThrow()).contains("Agnes Marlow");
    assertThat(message.annotations().orElseThrow().getFirst().urlCitation().title())
        .isEqualTo("lighthouse.txt");
  }

  @Test
  void chatStreams() {
    StringBuilder text = new StringBuilder();
    try (var chunks = client.chat().completions().createStreaming(question())) {
      chunks.stream()
          .map(ChatCompletionChunk::choices)
          .flatMap(List::stream)
          .forEach(choice -> choice.delta().content().ifPresent(text::append));
    }
    assertThat(text.toString()).contains("Agnes Marlow");
  }

  /// Without a model to write answers, memory is told what was asked and answered all the same.
  @Test
  void anAnswerFromTheDocumentsIsRememberedAndWhatWasSaidIsShownBesideIt() {
    Api api = RunningServer.shared().admin();
    String user = "keeper";
    api.post(
        "/api/memory/events?refresh=wait",
        Map.of(
            "user",
            user,
            "events",
            List.of(
                Map.of(
                    "session",
                    "earlier",
                    "at",
                    "2024-01-01T00:00:00Z",
                    "text",
                    "My grandmother was the last keeper of the lighthouse."))));
    Map<String, Object> chat =
        Map.of(
            "model",
            "engram/" + storeId,
            "messages",
            List.of(
                Map.of("role", "user", "content", "Who built the lighthouse of Kestrel Point?")),
            "engram",
            Map.of("memory", Map.of("user", user, "session", "today")));
    JsonNode completion = api.post("/v1/chat/completions", chat);

    JsonNode message = completion.path("choices").path(0).path("message");
    assertThat(message.path("content").asString())
        .contains("Agnes Marlow")
        .as("what a user says is no source of the collection")
        .doesNotContain("grandmother");
    JsonNode memory = completion.path("engram").path("memory");
    assertThat(memory.path("recalled").path(0).path("text").asString()).contains("grandmother");
    List<String> kept = new ArrayList<>();
    api.get("/api/memory/events?session=today&user=" + user)
        .path("items")
        .forEach(
            item -> kept.add(item.path("role").asString() + ": " + item.path("text").asString()));
    assertThat(kept).hasSize(2);
    assertThat(kept.getFirst()).isEqualTo("user: Who built the lighthouse of Kestrel Point?");
    assertThat(kept.getLast()).startsWith("assistant: ").contains("Agnes Marlow");
  }

  @Test
  void responsesSearchAnswerAndRemember() {
    ResponseCreateParams.Builder request =
        ResponseCreateParams.builder()
            .model("engram")
            .input("From how far can the lamp be seen?")
            .addTool(FileSearchTool.builder().vectorStoreIds(List.of(storeId)).build());
    Response first = client.responses().create(request.build());
    var content = first.output().getLast().asMessage().content().getFirst().asOutputText();
    assertThat(content.text()).contains("nineteen nautical miles");
    assertThat(content.annotations().getFirst().asFileCitation().fileId()).isEqualTo(fileId);

    Response second =
        client
            .responses()
            .create(
                request.input("What is the cottage today?").previousResponseId(first.id()).build());
    assertThat(second.previousResponseId()).contains(first.id());
    client.responses().delete(first.id());
    assertThatThrownBy(() -> client.responses().retrieve(first.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aResponseStreamsWhatItThenIs() {
    StringBuilder text = new StringBuilder();
    List<Response> completed = new ArrayList<>();
    try (var events =
        client
            .responses()
            .createStreaming(
                ResponseCreateParams.builder()
                    .model("engram")
                    .input("From how far can the lamp be seen?")
                    .addTool(FileSearchTool.builder().vectorStoreIds(List.of(storeId)).build())
                    .build())) {
      events.stream()
          .forEach(event -> {
            event.outputTextDelta().ifPresent(delta -> text.append(delta.delta()));
            event.completed().ifPresent(end -> completed.add(end.response()));
          });
    }
    assertThat(text).contains("nineteen nautical miles");
    Response whole = completed.getFirst();
    var content = whole.output().getLast().asMessage().content().getFirst().asOutputText();
    assertThat(content.text()).isEqualTo(text.toString());
    assertThat(content.annotations().getFirst().asFileCitation().fileId()).isEqualTo(fileId);
    assertThat(client.responses().retrieve(whole.id()).output()).hasSize(2);
  }

  @Test
  void aModelOfTheListCanBeRetrieved() {
    String name = "engram/" + storeId;
    assertThat(client.models().list().items()).extracting(Model::id).contains("engram", name);
    assertThat(client.models().retrieve(name).id()).isEqualTo(name);
  }

  @Test
  void withoutAnEmbeddingModelEmbeddingsSayWhatToDo() {
    assertThatThrownBy(() ->
            client
                .embeddings()
                .create(EmbeddingCreateParams.builder().model("any").input("a lamp").build()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("engram.embedding.model");
  }

  @Test
  void withoutAValidKeyThereIsNothing() {
    OpenAIClient stranger = OpenAiClients.of(RunningServer.shared(), "engram_nobody");
    assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
    stranger.close();
  }
}
