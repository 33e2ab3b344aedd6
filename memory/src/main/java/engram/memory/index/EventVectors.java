package engram.memory.index;

import engram.retrieval.GraphMerges;
import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/// Vectors of four bits a number, an eighth of what floats take, beside the whole ones: a search
/// walks over the small ones and compares what it found with the whole ones (see [EventSearch]).
/// Lucene's format under its own name, so readers find the original; only its limit of 1024
/// dimensions is raised.
final class EventVectors extends KnnVectorsFormat {
  static final int DIMENSIONS_MAX = 4_096;
  private static final int MAX_CONN = 16;
  private static final int BEAM_WIDTH = 100;

  private final KnnVectorsFormat stock =
      new Lucene104HnswScalarQuantizedVectorsFormat(
          ScalarEncoding.PACKED_NIBBLE, MAX_CONN, BEAM_WIDTH);

  EventVectors() {
    super(Lucene104HnswScalarQuantizedVectorsFormat.NAME);
  }

  /// The codec of the index, which differs in nothing else.
  static Lucene104Codec codec() {
    KnnVectorsFormat vectors = new EventVectors();
    return new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return vectors;
      }
    };
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
    return DIMENSIONS_MAX;
  }
}
