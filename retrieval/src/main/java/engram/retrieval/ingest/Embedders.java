package engram.retrieval.ingest;

import engram.retrieval.EmbeddingModels;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The embedders by the names that builds give their models.
///
/// @param standard what a build has that names none; null without one
public record Embedders(@Nullable Embedder standard, Map<String, Embedder> further) {
  public Embedders {
    further = Map.copyOf(further);
  }

  public static Embedders of(EmbeddingModels models, int batchSize) {
    Map<String, Embedder> further = new HashMap<>();
    models.further().forEach((name, model) -> further.put(name, embedder(model, batchSize)));
    EmbeddingModels.Named standard = models.standard();
    return new Embedders(standard == null ? null : embedder(standard, batchSize), further);
  }

  private static Embedder embedder(EmbeddingModels.Named model, int batchSize) {
    return new Embedder(model.storedAs(), model.model(), batchSize);
  }

  /// @param name null for the standard
  /// @return null if there is none
  @Nullable Embedder of(@Nullable String name) {
    return name == null ? standard : further.get(name);
  }
}
