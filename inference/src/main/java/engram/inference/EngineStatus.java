package engram.inference;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an engine holds and does at a moment.
///
/// @param kernels that it computes with, and on how many threads
/// @param memoryBytes for all models that are loaded at the same time
/// @param usedBytes of it, by models that are loaded or about to be, and by texts that are read
public record EngineStatus(String kernels, long memoryBytes, long usedBytes, List<Model> models) {
  public EngineStatus {
    models = List.copyOf(models);
  }

  /// A model.
  ///
  /// @param bytes that it takes while it is loaded, its cache included
  /// @param loaded null while it is not
  public record Model(String name, long bytes, @Nullable Loaded loaded) {}

  /// A model that is loaded.
  public sealed interface Loaded {}

  /// It makes vectors, or compares pairs of texts.
  ///
  /// @param contextTokens texts are cut to so many
  public record EncoderLoad(int contextTokens) implements Loaded {}

  /// It writes.
  ///
  /// @param contextTokens prompt and output together at most
  /// @param prefixTokens tokens whose keys and values are kept for requests to come
  /// @param tokensPerSecond computed lately, read and written together; 0 before the first
  public record DecoderLoad(
      int contextTokens,
      int vocabulary,
      int waiting,
      int running,
      int prefixTokens,
      int pagesFree,
      int pagesTotal,
      double tokensPerSecond)
      implements Loaded {}
}
