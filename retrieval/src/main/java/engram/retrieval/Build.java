package engram.retrieval;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A collection's documents, made searchable in one way. One build of a collection serves; others
/// stand beside it, to be compared with it and to take its place.
///
/// @param id counts from 0, which is what the collection began with; never used twice
/// @param progress of the documents that have been ingested
/// @param failures the first of those that the caller may read
/// @param error why it was given up; null unless `FAILED`
public record Build(
    int id,
    Status status,
    Configuration configuration,
    Progress progress,
    List<Failure> failures,
    @Nullable Reason error,
    String createdBy,
    Instant createdAt,
    @Nullable Instant readyAt,
    @Nullable Instant activatedAt,
    @Nullable Instant retiredAt) {

  /// Names, in lower case, are stored and part of the API: never rename.
  public enum Status {
    BUILDING,
    /// Has every document that it can have, and may be activated.
    READY,
    SERVING,
    /// Served before, and is kept up to date for the way back.
    RETIRED,
    /// Given up. Its job can be tried again.
    FAILED,
    /// Its chunks are being removed.
    CANCELLED
  }

  /// @param chunking for documents that have none of their own; null for the default
  /// @param embeddingModel one of [EmbeddingModels#further]; null for the default model
  public record Configuration(
      @Nullable Chunking chunking, Analysis analysis, @Nullable String embeddingModel) {}

  /// What a new build is to have. Null: as the serving one has it.
  ///
  /// @param embeddingModel [EmbeddingModels#DEFAULT] for the default model
  public record Draft(
      @Nullable Chunking chunking, @Nullable Analysis analysis, @Nullable String embeddingModel) {}

  /// @param documentsFailed their chunks could not be made
  public record Progress(long documentsDone, long documentsFailed, long documentsTotal) {
    /// Documents whose chunks the build does not have.
    public long missing() {
      return documentsTotal - documentsDone;
    }
  }

  public record Failure(String fileId, String filename, String code, String message) {}

  public record Reason(String code, String message) {}

  public Build {
    failures = List.copyOf(failures);
  }
}
