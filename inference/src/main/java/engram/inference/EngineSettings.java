package engram.inference;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All settings of the inference room.
///
/// @param memoryBytes of all models that are loaded at the same time, their caches included
/// @param tier where caches go of requests that must wait in the middle; null to compute them anew
public record EngineSettings(
    List<Model> models, long memoryBytes, ScheduleSettings schedule, @Nullable Tier tier) {
  public EngineSettings(List<Model> models, long memoryBytes, ScheduleSettings schedule) {
    this(models, memoryBytes, schedule, null);
  }

  public EngineSettings {
    models = List.copyOf(models);
    Set<String> names = new HashSet<>();
    for (Model model : models) {
      if (!names.add(model.name())) {
        throw new IllegalArgumentException("two models are named " + model.name());
      }
    }
    if (memoryBytes < 1) {
      throw new IllegalArgumentException("memoryBytes " + memoryBytes + " < 1");
    }
  }

  /// A folder for parts of caches, which one process uses at a time.
  ///
  /// @param bytesMax of all its files together
  public record Tier(Path folder, long bytesMax) {
    public Tier {
      if (bytesMax < 1) {
        throw new IllegalArgumentException("tier: bytesMax " + bytesMax + " < 1");
      }
    }
  }

  /// How cached keys and values are stored.
  public enum CacheType {
    F32,
    F16,
    INT8,
    INT4
  }

  /// A model that may be loaded.
  ///
  /// @param path a `.gguf` file, or a folder with `config.json`
  /// @param contextTokens the longest sequence; no more than the model was made for counts
  /// @param cacheBytes keys and values of all its sequences together; an encoder has none
  public record Model(
      String name, Path path, int contextTokens, long cacheBytes, CacheType cacheType) {
    public Model {
      if (name.isBlank()) {
        throw new IllegalArgumentException("a model's name is blank");
      }
      if (contextTokens < 1 || cacheBytes < 0) {
        throw new IllegalArgumentException(
            "model %s: contextTokens %d < 1, or cacheBytes %d < 0"
                .formatted(name, contextTokens, cacheBytes));
      }
    }
  }
}
