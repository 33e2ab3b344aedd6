package engram.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.MultipartField;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.responses.FileSearchTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.uploads.Upload;
import com.openai.models.uploads.UploadCompleteParams;
import com.openai.models.uploads.UploadCreateParams;
import com.openai.models.uploads.parts.PartCreateParams;
import com.openai.models.vectorstores.VectorStoreCreateParams;
import com.openai.models.vectorstores.VectorStoreSearchParams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

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
    client = client(RunningServer.shared().adminKey());
    fileId =
        client
            .files()
            .create(
                FileCreateParams.builder()
                    .purpose(FilePurpose.ASSISTANTS)
                    .file(
                        MultipartField.<InputStream>builder()
                            .value(new ByteArrayInputStream(TEXT.getBytes(StandardCharsets.UTF_8)))
                            .filename("lighthouse.txt")
                            .build())
                    .build())
            .id();
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

  private static OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(RunningServer.shared().url() + "/v1")
        .apiKey(key)
        .responseValidation(true)
        .maxRetries(0)
        .timeout(Duration.ofSeconds(60))
        .build();
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
  void anUploadInPartsBecomesOneFileInTheOrderOfCompletion() throws IOException {
    byte[] content = TEXT.getBytes(StandardCharsets.UTF_8);
    Upload upload = startUpload(content.length);
    assertThat(upload.status()).isEqualTo(Upload.Status.PENDING);
    // The parts come in another order than they stand in the file.
    String last = part(upload, Arrays.copyOfRange(content, 50, content.length));
    String first = part(upload, Arrays.copyOfRange(content, 0, 50));
    var parts = UploadCompleteParams.builder().partIds(List.of(first, last)).build();
    Upload done = client.uploads().complete(upload.id(), parts);
    assertThat(done.status()).isEqualTo(Upload.Status.COMPLETED);
    FileObject file = done.file().orElseThrow();
    assertThat(file.bytes()).isEqualTo(content.length);
    assertThat(file.filename()).isEqualTo("long.txt");
    try (var stored = client.files().content(file.id())) {
      assertThat(stored.body().readAllBytes()).isEqualTo(content);
    }
    assertThatThrownBy(() -> part(upload, content)).isInstanceOf(OpenAIServiceException.class);
  }

  @Test
  void aCancelledOrShortUploadBecomesNoFile() {
    Upload cancelled = startUpload(3);
    String part = part(cancelled, new byte[] {'a', 'b', 'c'});
    assertThat(client.uploads().cancel(cancelled.id()).status()).isEqualTo(Upload.Status.CANCELLED);
    var parts = UploadCompleteParams.builder().partIds(List.of(part)).build();
    assertThatThrownBy(() -> client.uploads().complete(cancelled.id(), parts))
        .isInstanceOf(OpenAIServiceException.class);

    Upload tooShort = startUpload(4);
    String only = part(tooShort, new byte[] {'a', 'b', 'c'});
    assertThatThrownBy(() ->
            client
                .uploads()
                .complete(
                    tooShort.id(), UploadCompleteParams.builder().partIds(List.of(only)).build()))
        .isInstanceOf(BadRequestException.class);
  }

  private static Upload startUpload(long bytes) {
    return client
        .uploads()
        .create(
            UploadCreateParams.builder()
                .filename("long.txt")
                .purpose(FilePurpose.ASSISTANTS)
                .mimeType("text/plain")
                .bytes(bytes)
                .build());
  }

  private static String part(Upload upload, byte[] content) {
    return client
        .uploads()
        .parts()
        .create(
            upload.id(), PartCreateParams.builder().data(new ByteArrayInputStream(content)).build())
        .id();
  }

  @Test
  void withoutAnEmbeddingModelEmbeddingsSayWhatToDo() {
    assertThatThrownBy(() ->
            client
                .embeddings()
                .create(EmbeddingCreateParams.builder().model("any").input("a lamp").build()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("engram.embedding.base-url");
  }

  @Test
  void withoutAValidKeyThereIsNothing() {
    OpenAIClient stranger = client("engram_nobody");
    assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
    stranger.close();
  }
}
