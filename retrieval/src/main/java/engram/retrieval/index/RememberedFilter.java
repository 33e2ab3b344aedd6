package engram.retrieval.index;

import java.io.IOException;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryCachingPolicy;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.UsageTrackingQueryCachingPolicy;
import org.apache.lucene.search.Weight;
import org.jspecify.annotations.Nullable;

/// A filter that is kept, segment by segment, as the set of what passes it.
///
/// What a caller may read is asked of each chunk that a search comes by, in an order that no
/// postings list has; making that set anew for each search costs time that grows with the
/// collection. Segments do not change, so the sets only grow old by deletions, which Lucene looks
/// at besides. The cache of filters bounds their memory.
final class RememberedFilter extends Query {
  private final Query filter;

  RememberedFilter(Query filter) {
    this.filter = filter;
  }

  /// Keeps these, and of others what Lucene thinks worth it.
  static QueryCachingPolicy policy() {
    return new QueryCachingPolicy() {
      private final QueryCachingPolicy usual = new UsageTrackingQueryCachingPolicy();

      @Override
      public void onUse(Query query) {
        usual.onUse(query);
      }

      @Override
      public boolean shouldCache(Query query) throws IOException {
        return query instanceof RememberedFilter || usual.shouldCache(query);
      }
    };
  }

  /// As it is: Lucene would take a filter apart and put its clauses beside the query's.
  @Override
  public Query rewrite(IndexSearcher searcher) {
    return this;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) {
    return new ConstantScoreWeight(this, boost) {
      // Made when a segment's set is not kept yet, which is seldom.
      private @Nullable Weight made;

      @Override
      public @Nullable ScorerSupplier scorerSupplier(LeafReaderContext leaf) throws IOException {
        if (made == null) {
          made =
              searcher.rewrite(filter).createWeight(searcher, ScoreMode.COMPLETE_NO_SCORES, boost);
        }
        return made.scorerSupplier(leaf);
      }

      @Override
      public boolean isCacheable(LeafReaderContext leaf) {
        return true;
      }
    };
  }

  @Override
  public void visit(QueryVisitor visitor) {
    filter.visit(visitor);
  }

  @Override
  public String toString(String field) {
    return filter.toString(field);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RememberedFilter that && filter.equals(that.filter);
  }

  @Override
  public int hashCode() {
    return Objects.hash(RememberedFilter.class, filter);
  }
}
