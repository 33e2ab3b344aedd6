package engram.inference.engine;

/// A model in use.
sealed interface Running extends AutoCloseable permits RunningModel, TextEncoder {
  @Override
  void close();
}
