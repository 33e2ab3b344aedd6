package engram.retrieval.search;

import engram.retrieval.index.ChunkFields;
import engram.retrieval.search.Candidates.Candidate;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.ConstantScoreScorerSupplier;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.SeededKnnVectorQuery;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.util.DocIdSetBuilder;
import org.jspecify.annotations.Nullable;

/// The chunks nearest to a vector: a walk over the HNSW graph (Malkov and Yashunin, TPAMI 2020)
/// that compares numbers of four bits, then all that it found in the order of their exact cosine.
///
/// The walk starts where the words of the query were found, if they were, instead of at the graph's
/// entry; and where permissions leave little, it goes over what they hide in two steps at once
/// (ACORN, Patel et al., SIGMOD 2024).
///
/// @param vector of length 1
@SuppressWarnings("ArrayRecordComponent") // never compared
record Nearest(String field, float[] vector) {
  /// Filters that let through less than this share of a segment are crossed by ACORN's walk;
  /// Lucene's own default.
  private static final KnnSearchStrategy WALK = new KnnSearchStrategy.Hnsw(60);

  /// Beyond, a seed costs a comparison and brings the walk no nearer.
  static final int SEEDS_MAX = 32;

  static Nearest to(float[] vector, String model) {
    return new Nearest(ChunkFields.vectorField(model, vector.length), vector);
  }

  /// @param wanted how many a list should have; all that the walk finds are compared exactly
  /// @param seeds where it starts, best first; may be empty
  Candidates top(
      IndexSearcher searcher,
      int place,
      Query permitted,
      int wanted,
      int count,
      List<Candidate> seeds)
      throws IOException {
    int reach = Math.max(wanted, count);
    KnnFloatVectorQuery walk = new KnnFloatVectorQuery(field, vector, reach, permitted, WALK);
    Query seeded =
        seeds.isEmpty() ? walk : SeededKnnVectorQuery.fromFloatQuery(walk, SeedQuery.of(seeds));
    ScoreDoc[] found = searcher.search(seeded, reach).scoreDocs;
    compareExactly(searcher, found);
    return Candidates.of(searcher, place, found, count);
  }

  private void compareExactly(IndexSearcher searcher, ScoreDoc[] found) throws IOException {
    Arrays.sort(found, Candidates.BY_DOC);
    List<LeafReaderContext> leaves = searcher.getLeafContexts();
    LeafReaderContext leaf = null;
    VectorScorer exact = null;
    for (ScoreDoc doc : found) {
      LeafReaderContext in = leaves.get(ReaderUtil.subIndex(doc.doc, leaves));
      if (exact == null || in != leaf) {
        leaf = in;
        exact = in.reader().getFloatVectorValues(field).rescorer(vector);
      }
      exact.iterator().advance(doc.doc - in.docBase);
      doc.score = exact.score();
    }
  }

  /// Chunks of one view by their numbers in it.
  private static final class SeedQuery extends Query {
    private final int[] docs;

    private SeedQuery(int[] docs) {
      this.docs = docs;
    }

    static SeedQuery of(List<Candidate> seeds) {
      return new SeedQuery(
          seeds.stream().limit(SEEDS_MAX).mapToInt(Candidate::luceneDoc).sorted().toArray());
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) {
      return new ConstantScoreWeight(this, boost) {
        @Override
        public @Nullable ScorerSupplier scorerSupplier(LeafReaderContext leaf) throws IOException {
          int from = at(leaf.docBase);
          int to = at(leaf.docBase + leaf.reader().maxDoc());
          if (from == to) {
            return null;
          }
          DocIdSetBuilder found = new DocIdSetBuilder(leaf.reader().maxDoc());
          DocIdSetBuilder.BulkAdder adder = found.grow(to - from);
          for (int i = from; i < to; i++) {
            adder.add(docs[i] - leaf.docBase);
          }
          DocIdSetIterator all = found.build().iterator();
          return ConstantScoreScorerSupplier.fromIterator(
              all, score(), mode, leaf.reader().maxDoc());
        }

        @Override
        public boolean isCacheable(LeafReaderContext leaf) {
          return false;
        }
      };
    }

    private int at(int doc) {
      int found = Arrays.binarySearch(docs, doc);
      return found >= 0 ? found : -found - 1;
    }

    @Override
    public void visit(QueryVisitor visitor) {
      visitor.visitLeaf(this);
    }

    @Override
    public String toString(String of) {
      return docs.length + " seeds";
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof SeedQuery seeds && Arrays.equals(docs, seeds.docs);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(docs);
    }
  }
}
