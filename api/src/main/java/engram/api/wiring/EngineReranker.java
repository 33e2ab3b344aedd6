package engram.api.wiring;

import engram.api.engine.EngineFailures;
import engram.api.engine.EngineModels;
import engram.retrieval.Reranker;
import java.util.ArrayList;
import java.util.List;

/// A cross-encoder of this process. Its scores are logits: the logistic function makes shares of
/// them, as its training did.
///
/// Threads: any; calls take turns.
record EngineReranker(EngineModels models, String name) implements Reranker {
  @Override
  public List<Double> scores(String query, List<String> texts) {
    float[] logits = EngineFailures.told(() -> models.with(name).rerank(name, query, texts));
    List<Double> scores = new ArrayList<>(logits.length);
    for (float logit : logits) {
      scores.add(1 / (1 + Math.exp(-logit)));
    }
    return scores;
  }
}
