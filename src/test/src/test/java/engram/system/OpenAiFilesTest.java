package engram.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileListParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.uploads.Upload;
import com.openai.models.uploads.UploadCompleteParams;
import com.openai.models.uploads.UploadCreateParams;
import com.openai.models.uploads.parts.PartCreateParams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Files and uploads by OpenAI's own client against the real server.
class OpenAiFilesTest {
  private static final String TEXT = "The heron stands in the reeds. It waits for fish.";

  private static OpenAIClient client;

  @BeforeAll
  static void connect() {
    client = OpenAiClients.ofNewTenant(RunningServer.shared(), "files");
  }

  @AfterAll
  static void disconnect() {
    client.close();
  }

  @Test
  void aFileGoesInComesOutAndGoesAway() throws IOException {
    FileObject made = OpenAiClients.upload(client, "../heron.txt", TEXT);
    assertThat(made.filename()).isEqualTo("heron.txt");
    assertThat(made.expiresAt()).isEmpty();

    FileObject read = client.files().retrieve(made.id());
    assertThat(read.bytes()).isEqualTo(TEXT.length());
    assertThat(read.createdAt()).isEqualTo(made.createdAt());
    assertThat(read.purpose().asString()).isEqualTo("assistants");
    try (var content = client.files().content(made.id())) {
      assertThat(content.body().readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo(TEXT);
      assertThat(content.headers().values("Content-Disposition").getFirst())
          .contains("attachment")
          .contains("heron.txt");
    }

    var deleted = client.files().delete(made.id());
    assertThat(deleted.deleted()).isTrue();
    assertThat(deleted._additionalProperties().get("engram").toString())
        .contains("verified_absent=true");
    assertThatThrownBy(() -> client.files().retrieve(made.id()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> client.files().content(made.id()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> client.files().delete(made.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void listsAreOrderedFilteredAndPaged() {
    OpenAIClient reader = OpenAiClients.ofNewTenant(RunningServer.shared(), "lists");
    assertThat(reader.files().list().items()).isEmpty();
    List<String> made = new ArrayList<>();
    for (int number = 0; number < 5; number++) {
      var purpose = number == 3 ? FilePurpose.USER_DATA : FilePurpose.ASSISTANTS;
      var file = OpenAiClients.file("heron" + number + ".txt", TEXT + number).purpose(purpose);
      made.add(reader.files().create(file.build()).id());
    }

    var newestFirst = reader.files().list();
    assertThat(newestFirst.items()).extracting(FileObject::id).isEqualTo(made.reversed());

    var ascending = FileListParams.builder().order(FileListParams.Order.ASC).limit(2);
    var first = reader.files().list(ascending.build());
    assertThat(first.items()).extracting(FileObject::id).isEqualTo(made.subList(0, 2));
    assertThat(first.hasMore()).contains(true);
    assertThat(first.autoPager().stream().map(FileObject::id)).isEqualTo(made);
    var rest = reader.files().list(ascending.after(made.get(2)).build());
    assertThat(rest.items()).extracting(FileObject::id).isEqualTo(made.subList(3, 5));
    assertThat(rest.hasMore()).contains(false);

    var users = reader.files().list(FileListParams.builder().purpose("user_data").build());
    assertThat(users.items()).extracting(FileObject::id).containsExactly(made.get(3));
    var assistants = FileListParams.builder().purpose("assistants").limit(1).build();
    assertThat(reader.files().list(assistants).autoPager().stream().map(FileObject::id))
        .containsExactly(made.get(4), made.get(2), made.get(1), made.get(0));
    reader.close();
  }

  @Test
  void whatAListCannotBeAskedIsToldByName() {
    assertThatThrownBy(() -> client.files().list(FileListParams.builder().limit(0).build()))
        .isInstanceOfSatisfying(
            BadRequestException.class, e -> assertThat(e.param()).contains("limit"));
    assertThatThrownBy(
            () -> client.files().list(FileListParams.builder().after("file-nobody").build()))
        .isInstanceOf(OpenAIServiceException.class);
  }

  @Test
  void aFileSaysWhenItExpires() {
    var file = OpenAiClients.file("soon.txt", TEXT).purpose(FilePurpose.ASSISTANTS);
    FileObject made = client.files().create(file.expiresAfter(after(3600)).build());
    assertThat(made.expiresAt()).contains(made.createdAt() + 3600);
    assertThat(client.files().retrieve(made.id()).expiresAt()).isEqualTo(made.expiresAt());

    Upload upload =
        client
            .uploads()
            .create(
                upload(3)
                    .expiresAfter(
                        UploadCreateParams.ExpiresAfter.builder().seconds(2_592_000).build())
                    .build());
    String part = part(upload, new byte[] {'a', 'b', 'c'});
    var parts = UploadCompleteParams.builder().partIds(List.of(part)).build();
    FileObject done = client.uploads().complete(upload.id(), parts).file().orElseThrow();
    assertThat(done.expiresAt()).contains(done.createdAt() + 2_592_000);

    for (long seconds : new long[] {3_599, 2_592_001}) {
      var never = OpenAiClients.file("never.txt", TEXT).purpose(FilePurpose.ASSISTANTS);
      assertThatThrownBy(() -> client.files().create(never.expiresAfter(after(seconds)).build()))
          .isInstanceOfSatisfying(
              BadRequestException.class, e -> assertThat(e.param()).contains("expires_after"));
    }
  }

  private static FileCreateParams.ExpiresAfter after(long seconds) {
    return FileCreateParams.ExpiresAfter.builder().seconds(seconds).build();
  }

  @Test
  void anUploadInPartsBecomesOneFileInTheOrderOfCompletion() throws IOException {
    byte[] content = TEXT.getBytes(StandardCharsets.UTF_8);
    Upload upload = startUpload(content.length);
    assertThat(upload.status()).isEqualTo(Upload.Status.PENDING);
    // The parts come in another order than they stand in the file.
    String last = part(upload, Arrays.copyOfRange(content, 20, content.length));
    String first = part(upload, Arrays.copyOfRange(content, 0, 20));
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
    return client.uploads().create(upload(bytes).build());
  }

  private static UploadCreateParams.Builder upload(long bytes) {
    return UploadCreateParams.builder()
        .filename("long.txt")
        .purpose(FilePurpose.ASSISTANTS)
        .mimeType("text/plain")
        .bytes(bytes);
  }

  private static String part(Upload upload, byte[] content) {
    return client
        .uploads()
        .parts()
        .create(
            upload.id(), PartCreateParams.builder().data(new ByteArrayInputStream(content)).build())
        .id();
  }
}
