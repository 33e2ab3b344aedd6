package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.models.vectorstores.VectorStore;
import com.openai.models.vectorstores.VectorStoreCreateParams;
import com.openai.models.vectorstores.filebatches.FileBatchCancelParams;
import com.openai.models.vectorstores.filebatches.FileBatchCreateParams;
import com.openai.models.vectorstores.filebatches.FileBatchListFilesParams;
import com.openai.models.vectorstores.filebatches.FileBatchRetrieveParams;
import com.openai.models.vectorstores.filebatches.VectorStoreFileBatch;
import com.openai.models.vectorstores.files.FileListParams;
import com.openai.models.vectorstores.files.VectorStoreFile;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What OpenAI's client sees of files that wait: on a server that leaves ingestion to others.
class OpenAiWaitingFilesTest {
  @Test
  void aBatchIsInProgressUntilItIsCancelled() {
    try (RunningServer server = RunningServer.start("--engram.workers.ingest=0")) {
      OpenAIClient client = OpenAiClients.of(server);
      String file = OpenAiClients.upload(client, "one.txt", "A heron.").id();
      String other = OpenAiClients.upload(client, "two.txt", "An egret.").id();
      var withFiles = VectorStoreCreateParams.builder().name("waiting").fileIds(List.of(other));
      String store = client.vectorStores().create(withFiles.build()).id();
      VectorStoreFileBatch batch =
          client
              .vectorStores()
              .fileBatches()
              .create(store, FileBatchCreateParams.builder().fileIds(List.of(file)).build());
      assertThat(batch.status()).isEqualTo(VectorStoreFileBatch.Status.IN_PROGRESS);
      assertThat(batch.fileCounts().inProgress()).isOne();
      VectorStore waiting = client.vectorStores().retrieve(store);
      assertThat(waiting.status()).isEqualTo(VectorStore.Status.IN_PROGRESS);
      assertThat(OpenAiClients.files(client, store, FileListParams.Filter.IN_PROGRESS))
          .containsExactlyInAnyOrder(file, other);

      var cancel = FileBatchCancelParams.builder().vectorStoreId(store).build();
      assertThat(client.vectorStores().fileBatches().cancel(batch.id(), cancel).status())
          .isEqualTo(VectorStoreFileBatch.Status.CANCELLED);
      var again = FileBatchRetrieveParams.builder().vectorStoreId(store).build();
      VectorStoreFileBatch read = client.vectorStores().fileBatches().retrieve(batch.id(), again);
      assertThat(read.status()).isEqualTo(VectorStoreFileBatch.Status.CANCELLED);
      assertThat(read.fileCounts().cancelled()).isOne();
      var cancelled =
          FileBatchListFilesParams.builder()
              .vectorStoreId(store)
              .filter(FileBatchListFilesParams.Filter.CANCELLED)
              .build();
      assertThat(client.vectorStores().fileBatches().listFiles(batch.id(), cancelled).items())
          .extracting(VectorStoreFile::status)
          .containsExactly(VectorStoreFile.Status.CANCELLED);
      assertThat(OpenAiClients.files(client, store, FileListParams.Filter.IN_PROGRESS))
          .containsExactly(other);
      client.close();
    }
  }
}
