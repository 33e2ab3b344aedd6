package engram.retrieval;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.embedding.EmbeddingModel;

/// The models that make vectors, by the names that builds give them.
///
/// @param standard what a build has that names none; null without one
public record EmbeddingModels(@Nullable Named standard, Map<String, Named> further) {
  /// The name of `standard`.
  public static final String DEFAULT = "default";

  public static final EmbeddingModels NONE = new EmbeddingModels(null, Map.of());

  /// @param storedAs the name that its vectors are kept under: vectors of different names are never
  ///   compared
  public record Named(String storedAs, EmbeddingModel model) {}

  public EmbeddingModels {
    further = Map.copyOf(further);
    if (further.containsKey(DEFAULT)) {
      throw new IllegalArgumentException("no further model can be called '" + DEFAULT + "'");
    }
  }

  public EmbeddingModels(@Nullable Named standard) {
    this(standard, Map.of());
  }

  /// @param name null for the default
  /// @return null if there is none
  public @Nullable Named of(@Nullable String name) {
    return name == null ? standard : further.get(name);
  }
}
