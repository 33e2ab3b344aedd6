package engram.retrieval.index;

import engram.retrieval.GraphMerges;
import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/// Lucene's format with four bits for each number, which a search compares before it looks at the
/// whole vectors of the best; with graphs only where they save comparisons; and with the limit of
/// 1024 dimensions raised: larger vectors cost more per comparison, nothing else. It keeps the
/// name, so readers find the original.
final class VectorsFormat extends KnnVectorsFormat {
  /// Twice Lucene's defaults: among 100,000 chunks of near subjects, with vectors of
  /// all-MiniLM-L6-v2 and questions of six words, a walk for 128 then found .977 of the ten nearest
  /// and one for 256 .990; with the defaults one for 256 found .962, one for 512 .977. The graph
  /// takes twice the time to make.
  private static final int MAX_CONN = 32;

  private static final int BEAM_WIDTH = 200;

  private final KnnVectorsFormat stock;

  /// @param graphFrom vectors in a segment from which it gets a graph
  VectorsFormat(int graphFrom) {
    super(Lucene104HnswScalarQuantizedVectorsFormat.NAME);
    // Lucene wants to be told for how many nearest a walk would visit all of such a segment, by its
    // estimate: that many times the logarithm of its size.
    int walked = (int) (graphFrom / Math.log(Math.max(2, graphFrom)));
    stock =
        new Lucene104HnswScalarQuantizedVectorsFormat(
            ScalarEncoding.PACKED_NIBBLE,
            MAX_CONN,
            BEAM_WIDTH,
            Lucene99HnswVectorsFormat.DEFAULT_NUM_MERGE_WORKER,
            null,
            walked);
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    return GraphMerges.goingOn(stock.fieldsWriter(state));
  }

  @Override
  public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
    return stock.fieldsReader(state);
  }

  @Override
  public int getMaxDimensions(String field) {
    return ChunkFields.VECTOR_DIMENSIONS_MAX;
  }
}
