package engram.retrieval.index;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.index.IndexReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.IndexSearcher;
import org.jspecify.annotations.Nullable;

/// Scores as if one collection were the whole index. One thread.
final class ScopedSearcher extends IndexSearcher {
  private final Scope scope;
  private final Map<String, CollectionStatistics> known = new HashMap<>();

  ScopedSearcher(IndexReaderContext context, Scope scope) {
    super(context);
    this.scope = scope;
  }

  @Override
  public @Nullable CollectionStatistics collectionStatistics(String field) throws IOException {
    CollectionStatistics statistics = known.get(field);
    if (statistics == null) {
      Term length = scope.length(field);
      long chunks = getIndexReader().docFreq(length);
      if (chunks == 0) {
        return null;
      }
      long words = getIndexReader().totalTermFreq(length);
      // BM25 asks for the number of chunks and of words; the rest only has to be possible.
      statistics =
          new CollectionStatistics(field, getIndexReader().maxDoc(), chunks, words, chunks);
      known.put(field, statistics);
    }
    return statistics;
  }
}
