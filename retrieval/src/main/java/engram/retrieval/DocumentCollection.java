package engram.retrieval;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Documents that are searched together; a *vector store* to OpenAI clients.
///
/// @param chunking null when the default applies
/// @param counts only the documents that the caller may read
public record DocumentCollection(
    String id,
    String name,
    String description,
    Map<String, String> metadata,
    @Nullable Chunking chunking,
    @Nullable Integer expiresAfterDays,
    Instant createdAt,
    Instant lastActiveAt,
    Counts counts,
    long usageBytes) {
  /// Documents by status.
  public record Counts(int inProgress, int completed, int failed, int cancelled) {
    public int total() {
      return inProgress + completed + failed + cancelled;
    }
  }

  /// What a caller may set. Null leaves a value as it is (or at its default when creating).
  public record Draft(
      @Nullable String name,
      @Nullable String description,
      @Nullable Map<String, String> metadata,
      @Nullable Chunking chunking,
      @Nullable Integer expiresAfterDays) {}
}
