package engram.retrieval;

import java.io.IOException;
import org.apache.lucene.codecs.KnnFieldVectorsWriter;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.index.Sorter;
import org.apache.lucene.util.IORunnable;
import org.jspecify.annotations.Nullable;

/// Lets merges of vectors go on from the graphs that there are, for rooms with a Lucene index.
///
/// Lucene 10.5.0 means to, but looks for a field's graph in the reader of all fields of a segment
/// (`IncrementalHnswGraphMerger.addReader` unwraps that and asks the wrapped one), finds none, and
/// makes each graph anew: of three segments of 3,000 vectors it adds 9,000 nodes. Here it is shown
/// the field's own reader, and adds 6,000 at most. A version that looks into the right one is not
/// disturbed by it.
public final class GraphMerges {
  private GraphMerges() {}

  /// @param stock of one of Lucene's formats with graphs, for fields that may have different
  ///   formats
  public static KnnVectorsWriter goingOn(KnnVectorsWriter stock) {
    return new Writer(stock);
  }

  private static final class Writer extends KnnVectorsWriter {
    private final KnnVectorsWriter stock;

    Writer(KnnVectorsWriter stock) {
      this.stock = stock;
    }

    @Override
    public IORunnable mergeOneField(FieldInfo field, MergeState state) throws IOException {
      return stock.mergeOneField(field, of(field, state));
    }

    private static MergeState of(FieldInfo field, MergeState state) {
      KnnVectorsReader[] own = state.knnVectorsReaders.clone();
      for (int i = 0; i < own.length; i++) {
        own[i] = own(field, own[i]);
      }
      return new MergeState(
          state.docMaps,
          state.segmentInfo,
          state.mergeFieldInfos,
          state.storedFieldsReaders,
          state.termVectorsReaders,
          state.normsProducers,
          state.docValuesProducers,
          state.fieldInfos,
          state.liveDocs,
          state.fieldsProducers,
          state.pointsReaders,
          own,
          state.maxDocs,
          state.infoStream,
          state.intraMergeTaskExecutor,
          state.needsIndexSort,
          state.oneMerge);
    }

    private static @Nullable KnnVectorsReader own(
        FieldInfo field, @Nullable KnnVectorsReader reader) {
      if (reader instanceof PerFieldKnnVectorsFormat.FieldsReader fields) {
        KnnVectorsReader own = fields.getFieldReader(field.name);
        return own == null ? reader : own;
      }
      return reader;
    }

    @Override
    public KnnFieldVectorsWriter<?> addField(FieldInfo field) throws IOException {
      return stock.addField(field);
    }

    @Override
    public void flush(int maxDoc, Sorter.@Nullable DocMap sortMap) throws IOException {
      stock.flush(maxDoc, sortMap);
    }

    @Override
    public void finish() throws IOException {
      stock.finish();
    }

    @Override
    public void close() throws IOException {
      stock.close();
    }

    @Override
    public long ramBytesUsed() {
      return stock.ramBytesUsed();
    }
  }
}
