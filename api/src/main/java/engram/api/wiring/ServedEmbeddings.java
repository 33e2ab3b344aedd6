package engram.api.wiring;

import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;

/// An embedding model on a server, whose refusals are told.
record ServedEmbeddings(EmbeddingModel model, Refusals refusals) implements EmbeddingModel {
  @Override
  public EmbeddingResponse call(EmbeddingRequest request) {
    try {
      return model.call(request);
    } catch (RuntimeException e) {
      throw refusals.told(e);
    }
  }

  @Override
  public float[] embed(Document document) {
    try {
      return model.embed(document);
    } catch (RuntimeException e) {
      throw refusals.told(e);
    }
  }

  @Override
  public int dimensions() {
    return model.dimensions();
  }
}
