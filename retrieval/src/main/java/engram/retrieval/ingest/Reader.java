package engram.retrieval.ingest;

import engram.retrieval.parse.ParseOutcome;
import engram.retrieval.parse.ParseProgress;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Gets the text out of a file: the forked parser, or a fake in tests.
@FunctionalInterface
public interface Reader {
  /// @param declaredType what the uploader said it is
  /// @param cancelled asked now and then; when true, the reading ends soon with `CANCELLED`
  ParseOutcome read(
      Path file,
      String filename,
      @Nullable String declaredType,
      ParseProgress progress,
      BooleanSupplier cancelled);
}
