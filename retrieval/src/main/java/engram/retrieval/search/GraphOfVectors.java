package engram.retrieval.search;

import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.hnsw.FlatVectorScorerUtil;
import org.apache.lucene.codecs.hnsw.FlatVectorsScorer;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorScorer;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsReader;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.store.RandomAccessInput;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.apache.lucene.util.hnsw.HnswGraphSearcher;
import org.apache.lucene.util.hnsw.OrdinalTranslatedKnnCollector;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues;
import org.jspecify.annotations.Nullable;

/// A segment's graph and its shortened vectors, walked over by Lucene's own walk with Lucene's own
/// comparisons; but of the neighbours that a step will compare all are first asked of memory, so
/// that their ways from there go side by side.
///
/// A walk's vectors lie anywhere, and once they outgrow the caches it waits for each; asked for
/// first, several come in the time of one. What is found is the same.
///
/// @param graph not empty
/// @param strideBytes from one vector to the next
record GraphOfVectors(
    HnswGraph graph,
    QuantizedByteVectorValues vectors,
    RandomAccessInput bytes,
    int strideBytes,
    FieldInfo field) {
  private static final FlatVectorsScorer COMPARING =
      new Lucene104ScalarQuantizedVectorScorer(FlatVectorScorerUtil.getLucene99FlatVectorsScorer());
  private static final int LINE_BYTES = 64;

  /// @return null if the segment has no graph, or keeps it in another way than this one's format
  static @Nullable GraphOfVectors in(LeafReader reader, String field) throws IOException {
    FieldInfo info = reader.getFieldInfos().fieldInfo(field);
    if (info == null || !(reader instanceof CodecReader codec)) {
      return null;
    }
    KnnVectorsReader kept = codec.getVectorReader();
    if (kept instanceof PerFieldKnnVectorsFormat.FieldsReader fields) {
      kept = fields.getFieldReader(field);
    }
    if (kept instanceof Lucene99HnswVectorsReader walkable
        && walkable.getQuantizedVectorValues(field) instanceof QuantizedByteVectorValues vectors
        && vectors.getSlice() instanceof RandomAccessInput bytes) {
      HnswGraph graph = walkable.getGraph(field);
      return graph.size() == 0
          ? null
          : new GraphOfVectors(
              graph, vectors, bytes, (int) (bytes.length() / vectors.size()), info);
    }
    return null;
  }

  /// @param permitted by the segment's numbers of chunks, which the collector gets too
  void walk(float[] to, KnnCollector collector, AcceptDocs permitted) throws IOException {
    RandomVectorScorer scorer =
        new AskingAhead(
            COMPARING.getRandomVectorScorer(field.getVectorSimilarityFunction(), vectors, to));
    HnswGraphSearcher.search(
        scorer,
        new OrdinalTranslatedKnnCollector(collector, scorer::ordToDoc),
        graph,
        scorer.getAcceptOrds(permitted.bits()),
        Math.min(permitted.cost(), graph.size()));
  }

  private final class AskingAhead extends RandomVectorScorer.AbstractRandomVectorScorer {
    private final RandomVectorScorer comparing;

    /// What was read, so that the reading is not left out as idle.
    private int read;

    AskingAhead(RandomVectorScorer comparing) {
      super(vectors);
      this.comparing = comparing;
    }

    @Override
    public float score(int node) throws IOException {
      return comparing.score(node);
    }

    @Override
    public float bulkScore(int[] nodes, float[] scores, int count) throws IOException {
      for (int i = 0; i < count; i++) {
        long from = (long) nodes[i] * strideBytes;
        for (int at = 0; at < strideBytes; at += LINE_BYTES) {
          read += bytes.readByte(from + at);
        }
      }
      return comparing.bulkScore(nodes, scores, count);
    }
  }
}
