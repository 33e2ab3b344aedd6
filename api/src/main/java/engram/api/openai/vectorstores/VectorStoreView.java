package engram.api.openai.vectorstores;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.retrieval.DocumentCollection;
import engram.retrieval.Receipt;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A collection as OpenAI clients see it.
///
/// @param chunkingStrategy not in OpenAI's shape; absent for the default
@JsonInclude(JsonInclude.Include.NON_NULL)
record VectorStoreView(
    String id,
    String object,
    long createdAt,
    String name,
    String description,
    long usageBytes,
    FileCounts fileCounts,
    String status,
    @Nullable ExpiresAfter expiresAfter,
    @Nullable Long expiresAt,
    long lastActiveAt,
    Map<String, String> metadata,
    Chunkings.@Nullable View chunkingStrategy) {

  record FileCounts(int inProgress, int completed, int failed, int cancelled, int total) {
    static FileCounts of(DocumentCollection.Counts counts) {
      return new FileCounts(
          counts.inProgress(),
          counts.completed(),
          counts.failed(),
          counts.cancelled(),
          counts.total());
    }
  }

  record ExpiresAfter(String anchor, int days) {}

  record Deleted(String id, String object, boolean deleted, Receipt engram) {}

  static VectorStoreView of(DocumentCollection collection) {
    Integer days = collection.expiresAfterDays();
    return new VectorStoreView(
        collection.id(),
        "vector_store",
        collection.createdAt().getEpochSecond(),
        collection.name(),
        collection.description(),
        collection.usageBytes(),
        FileCounts.of(collection.counts()),
        collection.counts().inProgress() > 0 ? "in_progress" : "completed",
        days == null ? null : new ExpiresAfter("last_active_at", days),
        days == null
            ? null
            : collection.lastActiveAt().plus(Duration.ofDays(days)).getEpochSecond(),
        collection.lastActiveAt().getEpochSecond(),
        collection.metadata(),
        Chunkings.view(collection.chunking()));
  }
}
