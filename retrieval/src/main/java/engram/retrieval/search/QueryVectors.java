package engram.retrieval.search;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import engram.retrieval.index.ChunkFields;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.ai.embedding.EmbeddingModel;

/// Questions as vectors. The model may be slow, full or gone: a search then goes on without it.
final class QueryVectors {
  private static final Logger LOG = LoggerFactory.getLogger(QueryVectors.class);
  private static final int REMEMBERED_MAX = 1_000;

  private final String modelName;
  private final EmbeddingModel model;
  private final SearchSettings settings;
  private final Semaphore atOnce;
  private final Cache<String, float[]> remembered =
      Caffeine.newBuilder().maximumSize(REMEMBERED_MAX).build();

  QueryVectors(String modelName, EmbeddingModel model, SearchSettings settings) {
    this.modelName = modelName;
    this.model = model;
    this.settings = settings;
    this.atOnce = new Semaphore(settings.embeddingsAtOnce());
  }

  String modelName() {
    return modelName;
  }

  /// One vector of length 1 per query, in order; null, with a note, if they cannot be had in time.
  @Nullable List<float[]> embed(List<String> queries, List<String> notes) {
    List<String> unknown = new ArrayList<>();
    for (String query : queries) {
      if (remembered.getIfPresent(query) == null && !unknown.contains(query)) {
        unknown.add(query);
      }
    }
    try {
      List<float[]> fresh = unknown.isEmpty() ? List.of() : ask(unknown);
      List<float[]> vectors = new ArrayList<>(queries.size());
      for (String query : queries) {
        int at = unknown.indexOf(query);
        float[] vector = at >= 0 ? fresh.get(at) : remembered.getIfPresent(query);
        if (vector == null) { // forgotten in between
          vector = ask(List.of(query)).getFirst();
        }
        remembered.put(query, vector);
        vectors.add(vector);
      }
      return vectors;
    } catch (TimeoutException e) {
      notes.add(
          "vector search is off: the embedding model did not answer within "
              + settings.embedTimeout().toMillis()
              + " ms");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      notes.add("vector search is off: the search was interrupted");
    } catch (ExecutionException | IllegalStateException e) {
      LOG.warn("The embedding model failed on a query", e);
      notes.add("vector search is off: the embedding model failed");
    }
    return null;
  }

  private List<float[]> ask(List<String> queries)
      throws InterruptedException, ExecutionException, TimeoutException {
    long endNanos = System.nanoTime() + settings.embedTimeout().toNanos();
    if (!atOnce.tryAcquire(settings.embedTimeout().toNanos(), TimeUnit.NANOSECONDS)) {
      throw new TimeoutException();
    }
    FutureTask<List<float[]>> asked = new FutureTask<>(() -> model.embed(queries));
    // The permit is the call's, not the waiter's: a model that hangs must not be called without
    // end.
    Thread.ofVirtual()
        .name("embed-query")
        .start(() -> {
          try {
            asked.run();
          } finally {
            atOnce.release();
          }
        });
    List<float[]> vectors;
    try {
      vectors = asked.get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      asked.cancel(true);
      throw e;
    }
    if (vectors.size() != queries.size()) {
      throw new IllegalStateException(
          vectors.size() + " embeddings for " + queries.size() + " queries");
    }
    List<float[]> units = new ArrayList<>(vectors.size());
    for (float[] vector : vectors) {
      float[] unit = ChunkFields.unit(vector);
      if (unit == null) {
        throw new IllegalStateException("an embedding has no direction");
      }
      units.add(unit);
    }
    return units;
  }
}
