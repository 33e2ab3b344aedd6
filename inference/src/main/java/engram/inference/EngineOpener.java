package engram.inference;

import java.io.IOException;
import java.nio.file.Path;

/// Makes engines: how the door reaches what lies inside without knowing it.
public interface EngineOpener {
  Engine open(EngineSettings settings);

  /// See [VocabularyFile#read].
  VocabularyFile vocabulary(Path file) throws IOException;
}
