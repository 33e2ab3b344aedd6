package engram.retrieval;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A file in a collection, and how far its way into the index has come.
///
/// `COMPLETED` means that a search on this server finds it.
///
/// @param version the file's version that is searchable now; 0 before the first
/// @param attributes values are strings, numbers or booleans
/// @param readers principals that may read it; empty for everybody in the tenant
/// @param chunking null when the collection's applies
/// @param progress while it is being ingested
public record Document(
    long id,
    String collectionId,
    String fileId,
    String filename,
    int version,
    DocumentStatus status,
    @Nullable Failure failure,
    Map<String, Object> attributes,
    Set<String> readers,
    @Nullable Chunking chunking,
    @Nullable String title,
    @Nullable String mediaType,
    @Nullable String language,
    int pageCount,
    int chunkCount,
    long usageBytes,
    List<String> warnings,
    @Nullable Progress progress,
    Instant createdAt,
    Instant updatedAt) {
  /// Why it failed: a stable code, and a sentence that tells what to do.
  public record Failure(String code, String message) {}

  /// @param stage `queued`, `parsing`, `chunking`, `contextualising`, `embedding`, `indexing`
  /// @param bytesTotal size of the original
  public record Progress(
      String stage,
      long bytesTotal,
      int pagesDone,
      int pagesTotal,
      int chunksDone,
      int chunksTotal,
      int attempt) {}

  /// What a caller may set when putting a file into a collection.
  ///
  /// @param attributes null leaves them as they are; a new document then has none
  /// @param readers null leaves them as they are; a new document is then everybody's in the tenant
  /// @param chunking null leaves it as it is; the collection's then applies to a new document
  /// @param collectionsChunking the collection's is to apply again, whatever the document's own was
  public record Draft(
      String fileId,
      @Nullable Map<String, Object> attributes,
      @Nullable Set<String> readers,
      @Nullable Chunking chunking,
      boolean collectionsChunking) {
    public Draft {
      if (collectionsChunking && chunking != null) {
        throw new IllegalArgumentException("a chunking of its own and the collection's at once");
      }
    }

    public Draft(
        String fileId,
        @Nullable Map<String, Object> attributes,
        @Nullable Set<String> readers,
        @Nullable Chunking chunking) {
      this(fileId, attributes, readers, chunking, false);
    }

    /// The same about another file.
    public Draft of(String otherFileId) {
      return new Draft(otherFileId, attributes, readers, chunking, collectionsChunking);
    }
  }
}
