package engram.system;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.MultipartField;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.vectorstores.files.FileListParams;
import com.openai.models.vectorstores.files.VectorStoreFile;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The official client of OpenAI as tests use it: it validates every reply, and asks once.
final class OpenAiClients {
  private OpenAiClients() {}

  static OpenAIClient of(RunningServer server) {
    return of(server, server.adminKey());
  }

  /// Of a tenant of its own, whose lists hold nothing of other tests.
  static OpenAIClient ofNewTenant(RunningServer server, String name) {
    return of(
        server,
        server
            .admin()
            .post("/api/tenants", Map.of("name", name))
            .path("admin_key")
            .path("secret")
            .asString());
  }

  static OpenAIClient of(RunningServer server, String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(server.url() + "/v1")
        .apiKey(key)
        .responseValidation(true)
        .maxRetries(0)
        .timeout(Duration.ofSeconds(60))
        .build();
  }

  static FileObject upload(OpenAIClient client, String filename, String text) {
    return client.files().create(file(filename, text).purpose(FilePurpose.ASSISTANTS).build());
  }

  /// To be given its purpose.
  static FileCreateParams.Builder file(String filename, String text) {
    return FileCreateParams.builder()
        .file(
            MultipartField.<InputStream>builder()
                .value(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
                .filename(filename)
                .build());
  }

  /// Ids of the files of a store that have this status.
  static List<String> files(OpenAIClient client, String store, FileListParams.Filter status) {
    return client
        .vectorStores()
        .files()
        .list(store, FileListParams.builder().filter(status).build())
        .items()
        .stream()
        .map(VectorStoreFile::id)
        .toList();
  }
}
