package engram.bench;

import engram.bench.SpeedChunks.Chunk;
import engram.bench.SpeedChunks.Share;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.store.MMapDirectory;

/// Lucene with nothing around it, as its examples have it: BM25, an HNSW graph of whole vectors, a
/// filter by one term, and both lists joined by reciprocal ranks.
final class BareHybrid {
  private static final int THREADS = 2;
  private static final int CANDIDATES = 256;
  private static final int RRF_K = 60;
  private static final Query HALF = new TermQuery(new Term("half", "yes"));

  private final MMapDirectory directory;
  private final IndexSearcher searcher;
  private final SentenceVectors model;

  private BareHybrid(MMapDirectory directory, SentenceVectors model) throws IOException {
    this.directory = directory;
    this.model = model;
    this.searcher = new IndexSearcher(DirectoryReader.open(directory));
  }

  /// What [#build] has made of the same chunks.
  static BareHybrid open(Path folder, SentenceVectors model) throws IOException {
    return new BareHybrid(new MMapDirectory(folder), model);
  }

  /// @param vectors of the chunks
  static BareHybrid build(Path folder, List<Chunk> chunks, float[][] vectors, SentenceVectors model)
      throws IOException {
    MMapDirectory directory = new MMapDirectory(folder);
    IndexWriterConfig config =
        new IndexWriterConfig(new StandardAnalyzer())
            .setRAMBufferSizeMB(256)
            .setOpenMode(IndexWriterConfig.OpenMode.CREATE);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      IntStream.range(0, THREADS)
          .parallel()
          .forEach(thread -> {
            try {
              for (int at = thread; at < chunks.size(); at += THREADS) {
                writer.addDocument(document(at, chunks.get(at), vectors[at]));
              }
            } catch (IOException failure) {
              throw new UncheckedIOException(failure);
            }
          });
    }
    return new BareHybrid(directory, model);
  }

  private static Document document(int at, Chunk chunk, float[] vector) {
    Document document = BareSearch.document(at, chunk.text());
    if (Share.HALF.reads(chunk.document())) {
      document.add(new StringField("half", "yes", Field.Store.NO));
    }
    document.add(new KnnFloatVectorField("vector", vector, VectorSimilarityFunction.DOT_PRODUCT));
    return document;
  }

  long bytes() throws IOException {
    long bytes = 0;
    for (String file : directory.listAll()) {
      bytes += directory.fileLength(file);
    }
    return bytes;
  }

  /// The ten best with their texts.
  ///
  /// @return numbers of chunks, best first
  List<Integer> byWords(String query) throws IOException {
    return read(searcher.search(words(query), 10).scoreDocs);
  }

  List<Integer> byBoth(String query) throws IOException {
    Map<Integer, Double> fused = new HashMap<>();
    Query nearest = new KnnFloatVectorQuery("vector", model.of(query), CANDIDATES, HALF);
    for (Query list : List.of(words(query), nearest)) {
      ScoreDoc[] docs = searcher.search(list, CANDIDATES).scoreDocs;
      for (int rank = 0; rank < docs.length; rank++) {
        fused.merge(docs[rank].doc, 1.0 / (RRF_K + rank + 1), Double::sum);
      }
    }
    ScoreDoc[] best =
        fused.entrySet().stream()
            .sorted(Comparator.comparingDouble((Map.Entry<Integer, Double> e) -> -e.getValue()))
            .limit(10)
            .map(entry -> new ScoreDoc(entry.getKey(), entry.getValue().floatValue()))
            .toArray(ScoreDoc[]::new);
    return read(best);
  }

  /// What a walk found.
  ///
  /// @param chunks numbers, best first
  /// @param compared how many vectors were
  record Walked(List<Integer> chunks, long compared) {}

  /// The ten best of a walk for [#CANDIDATES] of the half.
  Walked byVectors(String query, KnnSearchStrategy strategy) throws IOException {
    AtomicLong compared = new AtomicLong();
    Query walk =
        new KnnFloatVectorQuery("vector", model.of(query), CANDIDATES, HALF, strategy) {
          @Override
          protected TopDocs mergeLeafResults(TopDocs[] perLeaf) {
            for (TopDocs leaf : perLeaf) {
              compared.addAndGet(leaf.totalHits.value());
            }
            return super.mergeLeafResults(perLeaf);
          }
        };
    List<Integer> chunks = read(searcher.search(walk, 10).scoreDocs);
    return new Walked(chunks, compared.get());
  }

  private static Query words(String query) throws IOException {
    return new BooleanQuery.Builder()
        .add(BareSearch.query(query), Occur.MUST)
        .add(HALF, Occur.FILTER)
        .build();
  }

  private List<Integer> read(ScoreDoc[] docs) throws IOException {
    var stored = searcher.storedFields();
    Integer[] found = new Integer[docs.length];
    for (int i = 0; i < docs.length; i++) {
      Document document = stored.document(docs[i].doc);
      if (document.get("text").isEmpty()) {
        throw new IllegalStateException("a chunk without text");
      }
      found[i] = document.getField("index").numericValue().intValue();
    }
    return List.of(found);
  }
}
