package engram.bench;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// all-MiniLM-L6-v2 (Wang et al., NeurIPS 2020; quantised to eight bits) in this process; its
/// weights come in a jar.
///
/// Threads: any.
final class MiniLm implements AutoCloseable {
  static final String NAME = "all-minilm-l6-v2";
  static final int DIMENSIONS = 384;
  private static final int THREADS = 2;

  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final EmbeddingModel model = new AllMiniLmL6V2QuantizedEmbeddingModel(threads);
  private final Map<String, float[]> known = new ConcurrentHashMap<>();

  /// Of length 1; asked again, at once.
  float[] of(String text) {
    return known.computeIfAbsent(text, unknown -> model.embed(unknown).content().vector());
  }

  List<float[]> of(List<String> texts) {
    return model.embedAll(texts.stream().map(TextSegment::from).toList()).content().stream()
        .map(embedding -> embedding.vector())
        .toList();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
