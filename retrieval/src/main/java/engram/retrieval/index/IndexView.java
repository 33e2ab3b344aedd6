package engram.retrieval.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.QueryTimeoutImpl;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryCache;
import org.apache.lucene.search.QueryCachingPolicy;

/// The index at one moment: nothing changes in it until it is closed. Close it soon; it keeps files
/// alive. One thread.
public final class IndexView implements AutoCloseable {
  /// What Lucene calls the files with them.
  private static final String WHOLE_VECTORS = "vec";

  private final Generation generation;
  private final IndexSearcher held;
  private final QueryCache cache;
  private final QueryCachingPolicy policy;
  private final int comparedMax;

  IndexView(
      Generation generation,
      IndexSearcher held,
      QueryCache cache,
      QueryCachingPolicy policy,
      int comparedMax) {
    this.generation = generation;
    this.held = held;
    this.cache = cache;
    this.policy = policy;
    this.comparedMax = comparedMax;
  }

  /// A searcher for one question to one collection, which scores by this collection's words alone;
  /// it stops, and says so by `timedOut()`, when the time is over.
  public IndexSearcher searcher(Scope scope, long timeoutMillis) {
    return limited(new ScopedSearcher(held.getTopReaderContext(), scope), timeoutMillis);
  }

  /// How many vectors are sooner all compared than walked over.
  public int comparedMax() {
    return comparedMax;
  }

  /// How many chunks of all tenants match.
  int count(Query query, long timeoutMillis) throws IOException {
    return limited(new IndexSearcher(held.getTopReaderContext()), timeoutMillis).count(query);
  }

  private IndexSearcher limited(IndexSearcher searcher, long timeoutMillis) {
    searcher.setQueryCache(cache);
    searcher.setQueryCachingPolicy(policy);
    searcher.setTimeout(new QueryTimeoutImpl(timeoutMillis));
    return searcher;
  }

  /// What searches for near vectors walk over, and should find in memory: the graphs and the
  /// shortened vectors. The whole vectors, which are read for the best alone, do not count.
  long vectorBytes() throws IOException {
    long bytes = 0;
    for (LeafReaderContext leaf : held.getLeafContexts()) {
      CodecReader codec = (CodecReader) leaf.reader();
      for (FieldInfo field : codec.getFieldInfos()) {
        if (field.hasVectorValues()) {
          Map<String, Long> byFile = codec.getVectorReader().getOffHeapByteSize(field);
          for (Map.Entry<String, Long> file : byFile.entrySet()) {
            bytes += file.getKey().equals(WHOLE_VECTORS) ? 0 : file.getValue();
          }
        }
      }
    }
    return bytes;
  }

  public IndexReader reader() {
    return held.getIndexReader();
  }

  @Override
  public void close() {
    try {
      generation.release(held);
    } catch (IOException e) {
      throw new UncheckedIOException("an index view could not be closed", e);
    }
  }
}
