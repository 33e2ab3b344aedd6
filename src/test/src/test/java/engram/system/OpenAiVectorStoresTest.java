package engram.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.ComparisonFilter;
import com.openai.models.vectorstores.StaticFileChunkingStrategy;
import com.openai.models.vectorstores.VectorStore;
import com.openai.models.vectorstores.VectorStoreCreateParams;
import com.openai.models.vectorstores.VectorStoreListParams;
import com.openai.models.vectorstores.VectorStoreSearchParams;
import com.openai.models.vectorstores.VectorStoreUpdateParams;
import com.openai.models.vectorstores.filebatches.FileBatchCreateParams;
import com.openai.models.vectorstores.filebatches.FileBatchListFilesParams;
import com.openai.models.vectorstores.filebatches.FileBatchRetrieveParams;
import com.openai.models.vectorstores.filebatches.VectorStoreFileBatch;
import com.openai.models.vectorstores.files.FileContentParams;
import com.openai.models.vectorstores.files.FileCreateParams;
import com.openai.models.vectorstores.files.FileDeleteParams;
import com.openai.models.vectorstores.files.FileListParams;
import com.openai.models.vectorstores.files.FileRetrieveParams;
import com.openai.models.vectorstores.files.FileUpdateParams;
import com.openai.models.vectorstores.files.VectorStoreFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Vector stores, their files and batches of files by OpenAI's own client against the real server.
class OpenAiVectorStoresTest {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String TEXT = "The heron stands in the reeds. It waits for fish.";
  private static final String NO_PDF = "%PDF-1.7\nand then nothing that a PDF would say";

  private static OpenAIClient client;

  @BeforeAll
  static void connect() {
    client = OpenAiClients.ofNewTenant(RunningServer.shared(), "vector stores");
  }

  @AfterAll
  static void disconnect() {
    client.close();
  }

  private static String store(String name) {
    return client.vectorStores().create(VectorStoreCreateParams.builder().name(name).build()).id();
  }

  private static VectorStoreFile attach(String store, String filename, String text, int year) {
    return client
        .vectorStores()
        .files()
        .create(
            store,
            FileCreateParams.builder()
                .fileId(OpenAiClients.upload(client, filename, text).id())
                .attributes(
                    FileCreateParams.Attributes.builder()
                        .putAdditionalProperty("year", JsonValue.from(year))
                        .build())
                .build());
  }

  private static VectorStore awaitIngested(String store) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> client.vectorStores().retrieve(store),
            state -> state.fileCounts().inProgress() == 0 && state.fileCounts().total() > 0);
  }

  private static VectorStoreFile retrieve(String store, String file) {
    return client
        .vectorStores()
        .files()
        .retrieve(file, FileRetrieveParams.builder().vectorStoreId(store).build());
  }

  private static List<String> found(String store, String query, int year) {
    return client
        .vectorStores()
        .search(
            VectorStoreSearchParams.builder()
                .vectorStoreId(store)
                .query(query)
                .filters(
                    ComparisonFilter.builder()
                        .type(ComparisonFilter.Type.EQ)
                        .key("year")
                        .value(year)
                        .build())
                .build())
        .items()
        .stream()
        .map(hit -> hit.fileId())
        .toList();
  }

  @Test
  void aStoreIsMadeReadChangedAndDeleted() {
    VectorStore made =
        client
            .vectorStores()
            .create(
                VectorStoreCreateParams.builder()
                    .name("birds")
                    .metadata(
                        VectorStoreCreateParams.Metadata.builder()
                            .putAdditionalProperty("team", JsonValue.from("ponds"))
                            .build())
                    .expiresAfter(VectorStoreCreateParams.ExpiresAfter.builder().days(7).build())
                    .build());
    assertThat(made.name()).isEqualTo("birds");
    assertThat(made.status()).isEqualTo(VectorStore.Status.COMPLETED);
    VectorStore read = client.vectorStores().retrieve(made.id());
    assertThat(read.expiresAfter().orElseThrow().days()).isEqualTo(7);
    assertThat(read.expiresAt().orElseThrow())
        .isEqualTo(read.lastActiveAt().orElseThrow() + Duration.ofDays(7).toSeconds());
    assertThat(read.metadata().orElseThrow()._additionalProperties())
        .containsEntry("team", JsonValue.from("ponds"));

    VectorStore changed =
        client
            .vectorStores()
            .update(
                VectorStoreUpdateParams.builder().vectorStoreId(made.id()).name("waders").build());
    assertThat(changed.name()).isEqualTo("waders");
    assertThat(changed.expiresAfter()).as("what was not named stays").isPresent();
    assertThat(client.vectorStores().retrieve(made.id()).name()).isEqualTo("waders");

    assertThat(client.vectorStores().delete(made.id()).deleted()).isTrue();
    assertThatThrownBy(() -> client.vectorStores().retrieve(made.id()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> client.vectorStores().delete(made.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void storesAreListedInOrderAndByPages() {
    OpenAIClient other = OpenAiClients.ofNewTenant(RunningServer.shared(), "store lists");
    assertThat(other.vectorStores().list().items()).isEmpty();
    List<String> made = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      made.add(
          other.vectorStores().create(VectorStoreCreateParams.builder().name(name).build()).id());
    }
    assertThat(other.vectorStores().list().items())
        .extracting(VectorStore::id)
        .isEqualTo(made.reversed());
    var ascending = VectorStoreListParams.builder().order(VectorStoreListParams.Order.ASC).limit(2);
    assertThat(other.vectorStores().list(ascending.build()).items())
        .extracting(VectorStore::id)
        .isEqualTo(made.subList(0, 2));
    assertThat(other.vectorStores().list(ascending.build()).autoPager().stream())
        .extracting(VectorStore::id)
        .isEqualTo(made);
    assertThat(other.vectorStores().list(ascending.before(made.get(2)).build()).items())
        .extracting(VectorStore::id)
        .isEqualTo(made.subList(0, 2));
    other.close();
  }

  @Test
  void filesAreListedByStatusAndAFailedOneSaysWhy() {
    String store = store("mixed");
    String good = attach(store, "heron.txt", TEXT, 2026).id();
    String bad = attach(store, "broken.pdf", NO_PDF, 2026).id();
    VectorStore state = awaitIngested(store);
    assertThat(state.fileCounts().completed()).isOne();
    assertThat(state.fileCounts().failed()).isOne();
    assertThat(state.fileCounts().total()).isEqualTo(2);
    assertThat(state.usageBytes()).isPositive();

    assertThat(OpenAiClients.files(client, store, FileListParams.Filter.COMPLETED))
        .containsExactly(good);
    assertThat(OpenAiClients.files(client, store, FileListParams.Filter.FAILED))
        .containsExactly(bad);
    assertThat(OpenAiClients.files(client, store, FileListParams.Filter.IN_PROGRESS)).isEmpty();
    assertThat(OpenAiClients.files(client, store, FileListParams.Filter.CANCELLED)).isEmpty();
    var ascending = FileListParams.builder().order(FileListParams.Order.ASC).limit(1).build();
    assertThat(client.vectorStores().files().list(store, ascending).autoPager().stream())
        .extracting(VectorStoreFile::id)
        .containsExactly(good, bad);

    VectorStoreFile failed = retrieve(store, bad);
    assertThat(failed.status()).isEqualTo(VectorStoreFile.Status.FAILED);
    assertThat(failed.lastError().orElseThrow().code().asString()).isEqualTo("invalid_file");
    assertThat(failed.lastError().orElseThrow().message()).isNotBlank();
    VectorStoreFile completed = retrieve(store, good);
    assertThat(completed.lastError()).isEmpty();
    assertThat(completed.vectorStoreId()).isEqualTo(store);
  }

  @Test
  void aFileOfAStoreIsReadChangedAndTakenOut() {
    String store = store("one");
    String file = attach(store, "heron.txt", TEXT, 2026).id();
    awaitIngested(store);
    var content =
        client
            .vectorStores()
            .files()
            .content(FileContentParams.builder().vectorStoreId(store).fileId(file).build());
    assertThat(content.items().getFirst().text().orElseThrow()).contains("stands in the reeds");
    assertThat(found(store, "heron", 2026)).containsExactly(file);
    assertThat(found(store, "heron", 1999)).isEmpty();

    VectorStoreFile changed =
        client
            .vectorStores()
            .files()
            .update(
                file,
                FileUpdateParams.builder()
                    .vectorStoreId(store)
                    .attributes(
                        FileUpdateParams.Attributes.builder()
                            .putAdditionalProperty("year", JsonValue.from(1999))
                            .build())
                    .build());
    assertThat(changed.attributes().orElseThrow()._additionalProperties())
        .containsEntry("year", JsonValue.from(1999));
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(found(store, "heron", 1999)).containsExactly(file));
    assertThat(found(store, "heron", 2026)).isEmpty();

    var gone = FileDeleteParams.builder().vectorStoreId(store).build();
    assertThat(client.vectorStores().files().delete(file, gone).deleted()).isTrue();
    assertThat(found(store, "heron", 1999)).isEmpty();
    assertThatThrownBy(() -> retrieve(store, file)).isInstanceOf(NotFoundException.class);
    assertThat(client.files().retrieve(file).id()).as("the file itself stays").isEqualTo(file);
  }

  @Test
  void aBatchAddsManyFilesAndListsThem() {
    String store = store("batch");
    String one = OpenAiClients.upload(client, "one.txt", TEXT).id();
    String two = OpenAiClients.upload(client, "two.txt", "An egret is white.").id();
    String bad = OpenAiClients.upload(client, "bad.pdf", NO_PDF).id();
    VectorStoreFileBatch batch =
        client
            .vectorStores()
            .fileBatches()
            .create(
                store,
                FileBatchCreateParams.builder()
                    .fileIds(List.of(one, two, bad))
                    .attributes(
                        FileBatchCreateParams.Attributes.builder()
                            .putAdditionalProperty("year", JsonValue.from(2026))
                            .build())
                    .staticChunkingStrategy(
                        StaticFileChunkingStrategy.builder()
                            .maxChunkSizeTokens(200)
                            .chunkOverlapTokens(0)
                            .build())
                    .build());
    assertThat(batch.vectorStoreId()).isEqualTo(store);
    VectorStoreFileBatch done =
        Awaitility.await()
            .atMost(PATIENCE)
            .until(
                () ->
                    client
                        .vectorStores()
                        .fileBatches()
                        .retrieve(
                            batch.id(),
                            FileBatchRetrieveParams.builder().vectorStoreId(store).build()),
                state -> state.fileCounts().inProgress() == 0);
    assertThat(done.status()).isEqualTo(VectorStoreFileBatch.Status.COMPLETED);
    assertThat(done.fileCounts().completed()).isEqualTo(2);
    assertThat(done.fileCounts().failed()).isOne();

    var all = FileBatchListFilesParams.builder().vectorStoreId(store).limit(1).build();
    assertThat(client.vectorStores().fileBatches().listFiles(batch.id(), all).autoPager().stream())
        .extracting(VectorStoreFile::id)
        .containsExactlyInAnyOrder(one, two, bad);
    var failed =
        FileBatchListFilesParams.builder()
            .vectorStoreId(store)
            .filter(FileBatchListFilesParams.Filter.FAILED)
            .build();
    assertThat(client.vectorStores().fileBatches().listFiles(batch.id(), failed).items())
        .extracting(VectorStoreFile::id)
        .containsExactly(bad);
    assertThat(found(store, "egret", 2026)).contains(two);
    assertThat(
            retrieve(store, two)
                .chunkingStrategy()
                .orElseThrow()
                .asStatic()
                .static_()
                .maxChunkSizeTokens())
        .isEqualTo(200);
  }

  @Test
  void aWrongFileIsToldAndLeavesNothing() {
    String store = store("wrong");
    assertThatThrownBy(() ->
            client
                .vectorStores()
                .files()
                .create(store, FileCreateParams.builder().fileId("file-nobody").build()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() ->
            client
                .vectorStores()
                .fileBatches()
                .create(
                    store,
                    FileBatchCreateParams.builder()
                        .fileIds(
                            List.of(
                                OpenAiClients.upload(client, "one.txt", TEXT).id(), "file-nobody"))
                        .build()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() ->
            client
                .vectorStores()
                .fileBatches()
                .create(store, FileBatchCreateParams.builder().fileIds(List.of()).build()))
        .isInstanceOf(BadRequestException.class);
    assertThat(client.vectorStores().retrieve(store).fileCounts().total()).isZero();
  }
}
