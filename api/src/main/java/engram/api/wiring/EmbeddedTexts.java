package engram.api.wiring;

import engram.memory.TextVectors;
import java.util.List;
import org.springframework.ai.embedding.EmbeddingModel;

/// Vectors of memories by the model that makes those of documents.
///
/// @param name of the model and all else that makes vectors comparable
record EmbeddedTexts(String name, EmbeddingModel model) implements TextVectors {
  @Override
  public List<float[]> of(List<String> texts) {
    return model.embed(texts);
  }
}
