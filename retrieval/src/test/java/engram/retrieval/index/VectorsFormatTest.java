package engram.retrieval.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.InfoStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorsFormatTest {
  private static final int SEGMENT = 400;
  private static final int DIMENSIONS = 16;

  private final Random random = new Random(5);
  private final List<String> said = new CopyOnWriteArrayList<>();

  /// Lucene 10.5.0 would make it anew; see [engram.retrieval.GraphMerges].
  @Test
  void aMergeGoesOnFromTheGraphsThatThereAre(@TempDir Path folder) throws IOException {
    float[][] vectors = new float[3 * SEGMENT][];
    try (Directory directory = FSDirectory.open(folder)) {
      for (int segment = 0; segment < 3; segment++) {
        try (IndexWriter writer = new IndexWriter(directory, config())) {
          for (int i = 0; i < SEGMENT; i++) {
            vectors[segment * SEGMENT + i] = unit();
            Document document = new Document();
            document.add(new StoredField("id", segment * SEGMENT + i));
            document.add(
                new KnnFloatVectorField(
                    "v", vectors[segment * SEGMENT + i], VectorSimilarityFunction.DOT_PRODUCT));
            writer.addDocument(document);
          }
        }
      }
      said.clear();
      try (IndexWriter writer =
          new IndexWriter(directory, config().setMergePolicy(new TieredMergePolicy()))) {
        writer.forceMerge(1);
      }
      assertThat(said).anyMatch(line -> line.startsWith("build graph from merging 3 graphs"));
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        assertThat(reader.leaves()).hasSize(1);
        assertThat(recall(new IndexSearcher(reader), vectors)).isGreaterThan(0.95);
      }
    }
  }

  private IndexWriterConfig config() {
    KnnVectorsFormat format = new VectorsFormat(100);
    return new IndexWriterConfig()
        .setMergePolicy(NoMergePolicy.INSTANCE)
        .setInfoStream(
            new InfoStream() {
              @Override
              public void message(String component, String message) {
                said.add(message);
              }

              @Override
              public boolean isEnabled(String component) {
                return component.equals("HNSW");
              }

              @Override
              public void close() {}
            })
        .setCodec(
            new Lucene104Codec() {
              @Override
              public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return format;
              }
            });
  }

  private double recall(IndexSearcher searcher, float[][] vectors) throws IOException {
    int found = 0;
    for (int query = 0; query < 50; query++) {
      float[] asked = unit();
      int best = 0;
      for (int i = 1; i < vectors.length; i++) {
        best = dot(asked, vectors[i]) > dot(asked, vectors[best]) ? i : best;
      }
      for (ScoreDoc doc : searcher.search(new KnnFloatVectorQuery("v", asked, 50), 50).scoreDocs) {
        int id = searcher.storedFields().document(doc.doc).getField("id").numericValue().intValue();
        found += id == best ? 1 : 0;
      }
    }
    return found / 50.0;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private float[] unit() {
    float[] vector = new float[DIMENSIONS];
    double square = 0;
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] = (float) random.nextGaussian();
      square += vector[i] * vector[i];
    }
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] /= (float) Math.sqrt(square);
    }
    return vector;
  }
}
