package engram.retrieval;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Tries a chunking on a file, and stores nothing. Any number of threads; how many parse at once is
/// bounded as for ingestion.
public interface ChunkPreviews {
  /// @param filename its ending tells the format where the content does not
  /// @param mediaType as declared by whoever sent it
  /// @param cancelled asked now and then
  /// @throws RefusedException if the file cannot be read, with the code that a document would fail
  ///   with
  ChunkPreview preview(
      Path file,
      String filename,
      @Nullable String mediaType,
      Chunking chunking,
      BooleanSupplier cancelled);
}
