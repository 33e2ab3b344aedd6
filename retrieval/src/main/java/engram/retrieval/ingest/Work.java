package engram.retrieval.ingest;

import engram.retrieval.Chunking;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One document as it stood when its ingestion began.
///
/// @param version of the file that is to be taken up
/// @param storedVersion of the file that the stored chunks are of; 0 for none
/// @param chunking the document's own, else the collection's, else the default
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
    Chunking chunking) {

  /// Whether what was made of `other` is right for this too.
  boolean isSameInput(Work other) {
    return version == other.version
        && sha256.equals(other.sha256)
        && filename.equals(other.filename)
        && chunking.equals(other.chunking);
  }
}
