package engram.retrieval.search;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;

/// A text's vector is the sum of random directions, one per word: deterministic, and near for texts
/// that share words. It can be told that words mean the same, to fail, and to hang.
final class HashedWords implements EmbeddingModel {
  private static final int DIMENSIONS = 1_536; // beyond Lucene's own limit
  private final Map<String, String> meanings = new HashMap<>();
  private volatile boolean fails;
  private volatile boolean hangs;

  void same(String word, String as) {
    meanings.put(word, as);
  }

  void fail() {
    fails = true;
  }

  void hang() {
    fails = false;
    hangs = true;
  }

  void behave() {
    fails = false;
    hangs = false;
  }

  @Override
  public EmbeddingResponse call(EmbeddingRequest request) {
    if (fails) {
      throw new IllegalStateException("told to fail");
    }
    if (hangs) {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    List<Embedding> embeddings = new ArrayList<>();
    for (String text : request.getInstructions()) {
      embeddings.add(new Embedding(vector(text), embeddings.size()));
    }
    return new EmbeddingResponse(embeddings);
  }

  @Override
  public float[] embed(Document document) {
    return vector(document.getText());
  }

  private float[] vector(String text) {
    float[] sum = new float[DIMENSIONS];
    for (String word : text.split("\\s+")) {
      Random random = new Random(meanings.getOrDefault(word, word).hashCode());
      for (int i = 0; i < sum.length; i++) {
        sum[i] += (float) random.nextGaussian();
      }
    }
    return sum;
  }
}
