package engram.retrieval.search;

import java.time.Duration;

/// Bounds of a search.
///
/// @param timeout after which a search answers with what it has, and says so
/// @param embedTimeout after which a search goes on without vectors, and says so
/// @param embeddingsAtOnce calls to the embedding model at the same time
/// @param candidates that each list brings into a fusion at least
/// @param rowCacheBytes of texts of chunks that were shown lately
/// @param collectionTtl for how long a collection that was there is taken to be there still
public record SearchSettings(
    Duration timeout,
    Duration embedTimeout,
    int embeddingsAtOnce,
    int candidates,
    long rowCacheBytes,
    Duration collectionTtl) {
  public static final SearchSettings DEFAULT =
      new SearchSettings(
          Duration.ofSeconds(5), Duration.ofSeconds(3), 8, 256, 32L << 20, Duration.ofSeconds(1));

  public SearchSettings {
    if (!timeout.isPositive() || !embedTimeout.isPositive() || collectionTtl.isNegative()) {
      throw new IllegalArgumentException("timeout and embedTimeout are positive");
    }
    if (candidates < 100) {
      throw new IllegalArgumentException("candidates " + candidates + " < 100");
    }
    if (embeddingsAtOnce < 1 || rowCacheBytes < 0) {
      throw new IllegalArgumentException("embeddingsAtOnce is at least 1, rowCacheBytes 0");
    }
  }
}
