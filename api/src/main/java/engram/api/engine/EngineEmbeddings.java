package engram.api.engine;

import engram.inference.Engine;
import engram.inference.Prompt.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;

/// A model of this process as Spring AI sees embedding models.
///
/// Threads: any; calls take turns.
public record EngineEmbeddings(EngineModels models, String name) implements EmbeddingModel {
  @Override
  public EmbeddingResponse call(EmbeddingRequest request) {
    List<String> texts = request.getInstructions();
    return EngineFailures.told(() -> {
      Engine engine = models.with(name);
      List<Embedding> vectors = new ArrayList<>(texts.size());
      for (float[] vector : engine.embed(name, texts)) {
        vectors.add(new Embedding(vector, vectors.size()));
      }
      int tokens = 0;
      for (String text : texts) {
        tokens += engine.tokens(name, new Text(text, true, false)).length;
      }
      return new EmbeddingResponse(
          vectors, new EmbeddingResponseMetadata(name, new DefaultUsage(tokens, 0)));
    });
  }

  @Override
  public float[] embed(Document document) {
    return embed(Objects.requireNonNullElse(document.getText(), ""));
  }
}
