package engram.inference.engine;

import engram.inference.EngineStatus;

/// A model in use.
sealed interface Running extends AutoCloseable permits RunningModel, TextEncoder {
  EngineStatus.Loaded load();

  @Override
  void close();
}
