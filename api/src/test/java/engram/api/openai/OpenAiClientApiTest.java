package engram.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.OpenAIClientImpl;
import com.openai.core.ClientOptions;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.responses.FileSearchTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.vectorstores.VectorStore;
import com.openai.models.vectorstores.VectorStoreCreateParams;
import com.openai.models.vectorstores.VectorStoreSearchParams;
import com.openai.models.vectorstores.files.FileCreateParams.Attributes;
import engram.api.fakes.FakeLibrary;
import engram.api.fakes.FakeSearch;
import engram.api.fakes.FakeServer;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.openai.http.okhttp.SpringAiOpenAiHttpClient;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/// OpenAI's own client reads every reply of ours, with its strict validation on.
@SpringBootTest(
    classes = FakeServer.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class OpenAiClientApiTest {
  private static final String TEXT = "The heron stands in the reeds. It waits for fish.";

  @LocalServerPort int port;
  @Autowired FakeLibrary library;
  @Autowired FakeSearch search;
  OpenAIClient client;

  @BeforeEach
  void connect() {
    client = client("key_1");
  }

  private OpenAIClient client(String key) {
    return new OpenAIClientImpl(
        ClientOptions.builder()
            .httpClient(SpringAiOpenAiHttpClient.builder().timeout(Duration.ofSeconds(20)).build())
            .baseUrl("http://127.0.0.1:" + port + "/v1")
            .apiKey("none")
            .putHeader("Test-Key", key)
            .maxRetries(0)
            .responseValidation(true)
            .build());
  }

  @AfterEach
  void reset() {
    library.nextStatus = DocumentStatus.COMPLETED;
    library.nextFailure = null;
    client.close();
  }

  private FileObject upload(String text) {
    return client
        .files()
        .create(
            FileCreateParams.builder()
                .purpose(FilePurpose.ASSISTANTS)
                .file(
                    com.openai.core.MultipartField.<java.io.InputStream>builder()
                        .value(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
                        .filename("../heron.txt")
                        .build())
                .build());
  }

  private VectorStore store(String... texts) {
    VectorStore store =
        client.vectorStores().create(VectorStoreCreateParams.builder().name("birds").build());
    for (String text : texts) {
      client
          .vectorStores()
          .files()
          .create(
              store.id(),
              com.openai.models.vectorstores.files.FileCreateParams.builder()
                  .fileId(upload(text).id())
                  .attributes(
                      Attributes.builder()
                          .putAdditionalProperty("year", JsonValue.from(2026))
                          .putAdditionalProperty("kind", JsonValue.from("note"))
                          .build())
                  .build());
    }
    return store;
  }

  @Test
  void filesGoInAndComeOutAgain() {
    FileObject file = upload(TEXT);

    assertThat(file.filename()).isEqualTo("heron.txt");
    assertThat(client.files().retrieve(file.id()).bytes()).isEqualTo(TEXT.length());
    assertThat(client.files().list().autoPager().stream().map(FileObject::id)).contains(file.id());
    try (var content = client.files().content(file.id())) {
      assertThat(content.body()).hasContent(TEXT);
      assertThat(content.headers().values("Content-Disposition").getFirst())
          .contains("attachment")
          .contains("heron.txt");
      assertThat(content.headers().values("X-Content-Type-Options")).containsExactly("nosniff");
    }
    var deleted = client.files().delete(file.id());
    assertThat(deleted.deleted()).isTrue();
    assertThat(deleted._additionalProperties().get("engram").toString())
        .contains("verified_absent=true");
    assertThatThrownBy(() -> client.files().retrieve(file.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aFailedDocumentSaysWhyInOpenAisWordsAndOurs() {
    library.nextStatus = DocumentStatus.FAILED;
    library.nextFailure = new Document.Failure("encrypted", "The file is encrypted.");
    VectorStore store = store(TEXT);

    var file = client.vectorStores().files().list(store.id()).items().getFirst();

    assertThat(file.lastError().orElseThrow().code().asString()).isEqualTo("invalid_file");
    assertThat(file._additionalProperties().get("engram").toString()).contains("encrypted");
  }

  @Test
  void searchFiltersAndPages() {
    VectorStore store = store("one", "two", "three");
    var asked =
        VectorStoreSearchParams.builder()
            .vectorStoreId(store.id())
            .query("numbers")
            .maxNumResults(2)
            .filters(
                com.openai.models.ComparisonFilter.builder()
                    .type(com.openai.models.ComparisonFilter.Type.GTE)
                    .key("year")
                    .value(2026.0)
                    .build())
            .build();
    var page =
        client
            .vectorStores()
            .search(
                asked.toBuilder()
                    .putAdditionalBodyProperty("engram", JsonValue.from(Map.of("explain", true)))
                    .build());
    assertThat(page.items()).hasSize(2);
    var item = page.items().getFirst();
    assertThat(item.score()).isEqualTo(0.75);
    assertThat(item._additionalProperties().get("engram").toString())
        .contains("heading_path", "page_from", "explanation");

    String next = page.response().nextPage().orElseThrow();
    var second =
        client
            .vectorStores()
            .search(
                asked.toBuilder().putAdditionalBodyProperty("page", JsonValue.from(next)).build());
    assertThat(second.items()).hasSize(1);
    assertThatThrownBy(() ->
            client
                .vectorStores()
                .search(
                    VectorStoreSearchParams.builder()
                        .vectorStoreId(store.id())
                        .query("other")
                        .putAdditionalBodyProperty("page", JsonValue.from(next))
                        .build()))
        .isInstanceOf(BadRequestException.class);
  }

  private static ChatCompletionCreateParams.Builder chat(VectorStore store) {
    return ChatCompletionCreateParams.builder()
        .model("engram/" + store.id())
        .addSystemMessage("Be brief.")
        .addUserMessage("Where is it?")
        .addAssistantMessage("In the reeds.")
        .addUserMessage("What does the heron do?");
  }

  @Test
  void chatAnswersFromDocumentsByModelNameAlone() {
    VectorStore store = store(TEXT);

    ChatCompletion completion = client.chat().completions().create(chat(store).build());

    var message = completion.choices().getFirst().message();
    assertThat(message.content()).contains(TEXT);
    assertThat(message.annotations().orElseThrow().getFirst().urlCitation().title())
        .isEqualTo("heron.txt");
    assertThat(completion._additionalProperties().get("engram").toString())
        .contains("outcome=extractive", "quote=" + TEXT);
    assertThat(search.lastAsk.question()).isEqualTo("What does the heron do?");
    assertThat(search.lastAsk.instructions()).isEqualTo("Be brief.");
    assertThat(search.lastAsk.history()).hasSize(2);
  }

  @Test
  void chatStreamsTheSameText() {
    VectorStore store = store(TEXT);
    StringBuilder text = new StringBuilder();
    String finish = "";
    long tokens = 0;
    String last = "";
    try (StreamResponse<ChatCompletionChunk> chunks =
        client
            .chat()
            .completions()
            .createStreaming(
                chat(store)
                    .streamOptions(
                        com.openai.models.chat.completions.ChatCompletionStreamOptions.builder()
                            .includeUsage(true)
                            .build())
                    .build())) {
      for (ChatCompletionChunk chunk : (Iterable<ChatCompletionChunk>) chunks.stream()::iterator) {
        for (var choice : chunk.choices()) {
          choice.delta().content().ifPresent(text::append);
          finish = choice.finishReason().map(Object::toString).orElse(finish);
        }
        tokens = chunk.usage().map(usage -> usage.totalTokens()).orElse(tokens);
        last += chunk._additionalProperties();
      }
    }
    assertThat(text).hasToString(TEXT);
    assertThat(finish).isEqualTo("stop");
    assertThat(tokens).isEqualTo(17);
    assertThat(last).contains("outcome=extractive");
  }

  @Test
  void anAnswerThatBreaksOffEndsTheStreamWithAnError() {
    VectorStore store = store(TEXT);
    search.breakOff = new IllegalStateException("disk on fire");
    assertThatThrownBy(
            () -> {
              try (var chunks = client.chat().completions().createStreaming(chat(store).build())) {
                chunks.stream().forEach(chunk -> {});
              }
            })
        .hasMessageContaining("Internal error")
        .message()
        .doesNotContain("disk on fire");
  }

  @Test
  void whatWouldChangeTheResultIsRefusedByName() {
    VectorStore store = store(TEXT);
    assertThatThrownBy(() -> client.chat().completions().create(chat(store).n(2).build()))
        .isInstanceOfSatisfying(
            BadRequestException.class,
            e -> {
              assertThat(e.param()).contains("n");
              assertThat(e.code()).contains("unsupported_parameter");
            });
    assertThatThrownBy(() -> client.chat().completions().create(chat(store).topP(0.5).build()))
        .isInstanceOf(BadRequestException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "reasoning_effort|low|reasoning_effort",
        "verbosity|high|verbosity",
        "max_tool_calls|1|max_tool_calls",
        "text|{\"verbosity\": \"low\"}|text.verbosity"
      })
  void whatWouldChangeTheWritingIsRefusedByName(String field, String value, String param) {
    VectorStore store = store(TEXT);
    JsonValue given =
        JsonValue.from(value.startsWith("{") ? Map.of("verbosity", "low") : asked(value));
    ThrowableAssert.ThrowingCallable call =
        field.equals("max_tool_calls") || field.equals("text")
            ? () ->
                client
                    .responses()
                    .create(response(store).putAdditionalBodyProperty(field, given).build())
            : () ->
                client
                    .chat()
                    .completions()
                    .create(chat(store).putAdditionalBodyProperty(field, given).build());
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            BadRequestException.class,
            e -> {
              assertThat(e.param()).contains(param);
              assertThat(e.code()).contains("unsupported_parameter");
            });
  }

  private static Object asked(String value) {
    return value.matches("\\d+") ? Integer.valueOf(value) : value;
  }

  @Test
  void aChatThatAsksToBeKeptIsAnsweredAndNotKept() {
    VectorStore store = store(TEXT);
    ChatCompletion completion = client.chat().completions().create(chat(store).store(true).build());
    assertThat(completion.choices()).hasSize(1);
    assertThatThrownBy(() -> client.chat().completions().retrieve(completion.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void withoutModelAndDocumentsChatSaysWhatToDo() {
    assertThatThrownBy(() ->
            client
                .chat()
                .completions()
                .create(
                    ChatCompletionCreateParams.builder()
                        .model("gpt-x")
                        .addUserMessage("Hello")
                        .build()))
        .isInstanceOfSatisfying(
            BadRequestException.class, e -> assertThat(e.code()).contains("no_chat_model"))
        .hasMessageContaining("engram.chat.model");
  }

  private static ResponseCreateParams.Builder response(VectorStore store) {
    return ResponseCreateParams.builder()
        .model("engram")
        .input("What does the heron do?")
        .addTool(FileSearchTool.builder().vectorStoreIds(List.of(store.id())).build())
        .addInclude(com.openai.models.responses.ResponseIncludable.FILE_SEARCH_CALL_RESULTS);
  }

  @Test
  void responsesAreKeptAndContinued() {
    VectorStore store = store(TEXT);
    Response first = client.responses().create(response(store).build());

    assertThat(first.output()).hasSize(2);
    var call = first.output().getFirst().asFileSearchCall();
    assertThat(call.results().orElseThrow()).hasSize(1);
    var content = first.output().get(1).asMessage().content().getFirst().asOutputText();
    assertThat(content.text()).isEqualTo(TEXT);
    assertThat(content.annotations().getFirst().asFileCitation().filename()).isEqualTo("heron.txt");

    client.responses().create(response(store).previousResponseId(first.id()).build());
    assertThat(search.lastAsk.history()).hasSize(2);
    assertThat(search.lastAsk.history().get(1).text()).isEqualTo(TEXT);

    assertThat(client.responses().retrieve(first.id()).id()).isEqualTo(first.id());
    assertThat(client.responses().inputItems().list(first.id()).items()).hasSize(1);
    OpenAIClient other = client("key_2");
    assertThatThrownBy(() -> other.responses().retrieve(first.id()))
        .isInstanceOf(NotFoundException.class);
    other.close();
    assertThatThrownBy(() -> client.responses().cancel(first.id()))
        .isInstanceOf(BadRequestException.class);
    client.responses().delete(first.id());
    assertThatThrownBy(() -> client.responses().retrieve(first.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void responsesStreamInTheOfficialOrder() {
    VectorStore store = store(TEXT);
    List<String> types;
    try (StreamResponse<ResponseStreamEvent> events =
        client.responses().createStreaming(response(store).build())) {
      types =
          events.stream()
              .map(event -> event._json().orElseThrow().toString())
              .map(text -> text.replaceFirst("(?s).*?type=(response\\.[a-z_.]+).*", "$1"))
              .toList();
    }
    assertThat(types)
        .startsWith("response.created", "response.in_progress", "response.output_item.added")
        .containsSubsequence(
            "response.file_search_call.in_progress",
            "response.file_search_call.searching",
            "response.file_search_call.completed",
            "response.output_item.done",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.annotation.added",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done")
        .endsWith("response.completed");
  }

  @Test
  void aStreamThatCannotSucceedIsRefusedBeforeItBegins() {
    assertThatThrownBy(
            () -> {
              try (var events =
                  client
                      .responses()
                      .createStreaming(
                          ResponseCreateParams.builder()
                              .model("engram")
                              .input("x")
                              .addTool(
                                  FileSearchTool.builder()
                                      .vectorStoreIds(List.of("vs_none"))
                                      .build())
                              .build())) {
                events.stream().forEach(event -> {});
              }
            })
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void modelsAreListed() {
    VectorStore store = store();
    assertThat(client.models().list().items().stream().map(model -> model.id()))
        .contains("engram", "engram/" + store.id());
    assertThat(client.models().retrieve("engram").id()).isEqualTo("engram");
    assertThatThrownBy(() -> client.models().retrieve("nope"))
        .isInstanceOf(NotFoundException.class);
  }
}
