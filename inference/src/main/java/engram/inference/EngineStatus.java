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

  /// Where a model is on its way into memory and out of it.
  public enum State {
    ABSENT,
    LOADING,
    LOADED,
    UNLOADING
  }

  /// A model.
  ///
  /// @param bytes that it takes while it is loaded, its cache included
  /// @param loaded null unless it is
  public record Model(String name, long bytes, State state, @Nullable Loaded loaded) {}

  /// A model that is loaded.
  public sealed interface Loaded {}

  /// It makes vectors, or compares pairs of texts.
  ///
  /// @param contextTokens texts are cut to so many
  public record EncoderLoad(int contextTokens) implements Loaded {}

  /// It writes.
  ///
  /// @param contextTokens prompt and output together at most
  /// @param batchTokens computed by the last pass
  /// @param prefixTokens tokens whose keys and values are kept for requests to come
  /// @param tokensPerSecond computed lately, read and written together; 0 before the first
  /// @param tokensRead computed since it was loaded, those that were computed anew too
  /// @param tokensWritten drawn since it was loaded
  /// @param tenants whose requests it has, or whose pages
  public record DecoderLoad(
      int contextTokens,
      int vocabulary,
      int waiting,
      int running,
      int batchTokens,
      int prefixTokens,
      int pagesFree,
      int pagesTotal,
      double tokensPerSecond,
      long tokensRead,
      long tokensWritten,
      List<TenantLoad> tenants)
      implements Loaded {
    public DecoderLoad {
      tenants = List.copyOf(tenants);
    }
  }

  /// What one tenant has of a decoder.
  ///
  /// @param pages of the cache that its requests and kept prefixes hold; what two of them share, or
  ///   computed twice at the same time, counts once
  /// @param tierPages that wait in the other tier
  public record TenantLoad(String tenant, int waiting, int running, int pages, int tierPages) {}
}
