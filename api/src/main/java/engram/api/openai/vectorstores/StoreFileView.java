package engram.api.openai.vectorstores;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.api.openai.Cursors;
import engram.retrieval.Document;
import engram.retrieval.Receipt;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A document as OpenAI clients see it: a *vector store file*, under its file's id.
@JsonInclude(JsonInclude.Include.NON_NULL)
record StoreFileView(
    String id,
    String object,
    long createdAt,
    String vectorStoreId,
    String status,
    @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable LastError lastError,
    long usageBytes,
    Map<String, Object> attributes,
    Chunkings.@Nullable View chunkingStrategy,
    Extra engram) {

  /// @param code one of the three that OpenAI knows; ours stands in [Extra]
  record LastError(String code, String message) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Extra(
      String filename,
      int version,
      @Nullable String errorCode,
      Set<String> readers,
      @Nullable String title,
      @Nullable String mediaType,
      @Nullable String language,
      int pageCount,
      int chunkCount,
      List<String> warnings,
      Document.@Nullable Progress progress) {}

  record Deleted(String id, String object, boolean deleted, Receipt engram) {}

  static StoreFileView of(Document document) {
    Document.Failure failure = document.failure();
    return new StoreFileView(
        document.fileId(),
        "vector_store.file",
        document.createdAt().getEpochSecond(),
        document.collectionId(),
        Cursors.name(document.status()),
        failure == null ? null : new LastError(openAiCode(failure.code()), failure.message()),
        document.usageBytes(),
        document.attributes(),
        Chunkings.view(document.chunking()),
        new Extra(
            document.filename(),
            document.version(),
            failure == null ? null : failure.code(),
            document.readers(),
            document.title(),
            document.mediaType(),
            document.language(),
            document.pageCount(),
            document.chunkCount(),
            document.warnings(),
            document.progress()));
  }

  /// OpenAI's three codes say whose fault it is: the server's, the type's, or the file's.
  static String openAiCode(String code) {
    return switch (code) {
      case "unsupported_file", "unsupported_type", "unsupported_media_type", "unsupported_format" ->
          "unsupported_file";
      case "server_error",
          "internal_error",
          "embedding_failed",
          "context_failed",
          "no_space",
          "worker_died",
          "attempts_exhausted" ->
          "server_error";
      default -> "invalid_file";
    };
  }
}
