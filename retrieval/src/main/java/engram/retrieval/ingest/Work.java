package engram.retrieval.ingest;

import engram.retrieval.Chunking;
import engram.retrieval.library.BuildRows;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One document as it stood when work on it began.
///
/// @param version of the file that is to be taken up
/// @param storedVersion of the file that the stored chunks are of; 0 for none
/// @param targets the builds that it is made for
record Work(
    UUID tenant,
    long documentId,
    String collectionId,
    String fileId,
    String filename,
    @Nullable String declaredType,
    int version,
    int storedVersion,
    String sha256,
    long bytes,
    List<Target> targets) {

  /// A build of the document's collection.
  ///
  /// @param chunking the document's own, else the build's, else the default
  /// @param embeddingModel null for the default model
  /// @param state of the document in the build, see [BuildRows]; null where nothing is written down
  record Target(
      int build,
      boolean serving,
      Chunking chunking,
      @Nullable String embeddingModel,
      @Nullable String state) {
    /// Whether the build waits for this document; then it has no chunks of it.
    boolean pending() {
      return BuildRows.isPending(build, state);
    }
  }

  Work {
    targets = List.copyOf(targets);
  }

  /// Whether what was made of `other` is right for this too.
  boolean isSameInput(Work other) {
    return version == other.version
        && sha256.equals(other.sha256)
        && filename.equals(other.filename)
        && targets.equals(other.targets);
  }
}
