package engram.retrieval.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.springframework.ai.embedding.EmbeddingModel;

/// An embedding model with the name under which its vectors are stored: vectors of different names
/// are never compared.
///
/// @param batchSize texts in one call
public record Embedder(String name, EmbeddingModel model, int batchSize) {
  public Embedder {
    if (name.isBlank() || batchSize < 1) {
      throw new IllegalArgumentException(
          "name '" + name + "' is blank or batchSize " + batchSize + " < 1");
    }
  }

  /// One vector for each text, in order; fewer if `stop` said so in between.
  ///
  /// @param done told after each batch how many are done
  List<float[]> embed(List<String> texts, BooleanSupplier stop, IntConsumer done) {
    List<float[]> vectors = new ArrayList<>(texts.size());
    for (int from = 0; from < texts.size() && !stop.getAsBoolean(); from += batchSize) {
      List<String> batch = texts.subList(from, Math.min(texts.size(), from + batchSize));
      List<float[]> answer = model.embed(batch);
      if (answer.size() != batch.size()) {
        throw new IllegalStateException(
            "the embedding model gave "
                + answer.size()
                + " vectors for "
                + batch.size()
                + " texts");
      }
      vectors.addAll(answer);
      done.accept(vectors.size());
    }
    return vectors;
  }
}
