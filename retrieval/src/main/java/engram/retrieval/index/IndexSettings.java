package engram.retrieval.index;

/// Bounds of the index.
///
/// @param ramBufferBytes of changes that are held in memory before they become a segment
/// @param filterCacheBytes of remembered filter results
/// @param changesPerStep of the outbox that become visible together
/// @param checkedBytesMax an index up to this size is read through at start, to find damage before
///   a search does
/// @param chunksPerSlice that a rebuild reads at once
/// @param graphFrom vectors in a segment from which it gets a graph, and permitted ones from which
///   a search walks over it. Comparing all of fewer takes no longer than a walk and misses none,
///   and most of the work of adding chunks would be making graphs that the next merge throws away.
public record IndexSettings(
    long ramBufferBytes,
    long filterCacheBytes,
    int changesPerStep,
    long checkedBytesMax,
    int chunksPerSlice,
    int graphFrom) {
  public static final IndexSettings DEFAULT =
      new IndexSettings(48L << 20, 16L << 20, 256, 256L << 20, 1_000, 30_000);

  public IndexSettings {
    if (ramBufferBytes < 1 << 20 || ramBufferBytes > 1L << 30) {
      throw new IllegalArgumentException(
          "ramBufferBytes " + ramBufferBytes + " is not in [1 MiB, 1 GiB]");
    }
    if (filterCacheBytes < 0 || checkedBytesMax < 0) {
      throw new IllegalArgumentException("filterCacheBytes and checkedBytesMax are at least 0");
    }
    if (changesPerStep < 1 || chunksPerSlice < 1) {
      throw new IllegalArgumentException("changesPerStep and chunksPerSlice are at least 1");
    }
    if (graphFrom < 0) {
      throw new IllegalArgumentException("graphFrom " + graphFrom + " < 0");
    }
  }
}
