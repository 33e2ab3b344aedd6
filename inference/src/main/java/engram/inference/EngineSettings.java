package engram.inference;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// All settings of the inference room.
///
/// @param memoryBytes of all models that are loaded at the same time, their caches included
public record EngineSettings(List<Model> models, long memoryBytes, ScheduleSettings schedule) {
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
