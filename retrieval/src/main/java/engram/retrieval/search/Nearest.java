package engram.retrieval.search;

import engram.retrieval.index.ChunkFields;
import engram.retrieval.search.Candidates.Candidate;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.VectorScorer;

/// The chunks nearest to a vector: a walk over the HNSW graph (Malkov and Yashunin, TPAMI 2020)
/// that compares numbers of four bits, then all that it found in the order of their exact cosine.
///
/// The walk starts where the words of the query were found, if they were, instead of at the graph's
/// entry.
///
/// @param vector of length 1
/// @param comparedMax see [GraphWalks]
@SuppressWarnings("ArrayRecordComponent") // never compared
record Nearest(String field, float[] vector, int comparedMax) {
  /// Beyond, a seed costs a comparison and brings the walk no nearer.
  static final int SEEDS_MAX = 32;

  static Nearest to(float[] vector, String model, int comparedMax) {
    return new Nearest(ChunkFields.vectorField(model, vector.length), vector, comparedMax);
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
    int[] starts = seeds.stream().limit(SEEDS_MAX).mapToInt(Candidate::luceneDoc).toArray();
    ScoreDoc[] found =
        new GraphWalks(searcher, field, vector, comparedMax, starts)
            .nearest(permitted, Math.max(wanted, count));
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
}
