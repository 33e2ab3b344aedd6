package engram.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ServiceLoader;

/// Makes engines: how the door reaches what lies inside without knowing it.
public interface EngineOpener {
  /// The one of this room.
  static EngineOpener find() {
    return ServiceLoader.load(EngineOpener.class, EngineOpener.class.getClassLoader())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the inference room is incomplete"));
  }

  Engine open(EngineSettings settings);

  /// See [VocabularyFile#read].
  VocabularyFile vocabulary(Path file) throws IOException;

  /// As [Engine#kernels].
  String kernels();
}
