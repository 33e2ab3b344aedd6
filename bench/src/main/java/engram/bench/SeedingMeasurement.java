package engram.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.DocIdSetBuilder;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/// What starting a walk at the words' hits gives, in an index of the kind that the product has: one
/// graph over vectors of four bits, what was found compared exactly.
final class SeedingMeasurement {
  private static final List<Integer> LENGTHS = List.of(16, 64, 256, 512);
  private static final int NEAREST = 10;

  /// As many as the product takes.
  private static final int SEEDS = 32;

  private static final int BATCH = 500;
  private static final int MAX_CONN = 32;
  private static final int BEAM_WIDTH = 200;

  /// Of any size.
  private static final int GRAPH_FROM = 0;

  private static final long SEED = 8;

  /// Where a walk starts.
  private enum Start {
    ENTRY("the graph's entry"),
    WORDS("the words' hits"),
    RANDOM("anywhere");

    private final String shown;

    Start(String shown) {
      this.shown = shown;
    }
  }

  private final List<String> texts = new ArrayList<>();
  private final List<String> queries = new ArrayList<>();
  private final MiniLm model;
  private final float[][] vectors;

  /// @param corpora whose texts are one collection
  private SeedingMeasurement(List<JudgedCorpus> corpora, MiniLm model) {
    this.model = model;
    for (JudgedCorpus corpus : corpora) {
      corpus.texts().stream()
          .map(JudgedCorpus.Text::whole)
          .filter(text -> !text.isBlank())
          .forEach(texts::add);
      corpus.queries().forEach(query -> queries.add(query.text()));
    }
    vectors = new float[texts.size()][];
    for (int from = 0; from < vectors.length; from += BATCH) {
      List<float[]> some = model.of(texts.subList(from, Math.min(vectors.length, from + BATCH)));
      for (int at = 0; at < some.size(); at++) {
        vectors[from + at] = some.get(at);
      }
    }
  }

  static void measure(Report report, List<JudgedCorpus> corpora) {
    try (MiniLm model = new MiniLm()) {
      new SeedingMeasurement(corpora, model).run(report);
    } catch (IOException failure) {
      throw new java.io.UncheckedIOException(failure);
    }
  }

  private void run(Report report) throws IOException {
    BareSearch words = new BareSearch(texts);
    List<float[]> asked = queries.stream().map(model::of).toList();
    List<int[]> nearest = asked.parallelStream().map(this::exact).toList();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("a walk for", "starts at", "recall@10 of the exact ten nearest", "compared"));
    Map<String, Object> values = new LinkedHashMap<>();
    try (MMapDirectory directory = new MMapDirectory(index());
        DirectoryReader reader = DirectoryReader.open(directory)) {
      if (reader.leaves().size() != 1) {
        throw new IllegalStateException(reader.leaves().size() + " segments instead of one");
      }
      LeafReader graph = reader.leaves().getFirst().reader();
      for (int length : LENGTHS) {
        Map<String, Object> each = new LinkedHashMap<>();
        for (Start start : Start.values()) {
          Random random = new Random(SEED);
          double found = 0;
          double compared = 0;
          for (int query = 0; query < queries.size(); query++) {
            int[] seeds = seeds(start, words, queries.get(query), random);
            TopKnnCollector top = walk(graph, asked.get(query), length, seeds);
            found += found(top, asked.get(query), nearest.get(query));
            compared += top.visitedCount();
          }
          double recall = found / (NEAREST * queries.size());
          double mean = compared / queries.size();
          rows.add(
              List.of(
                  Integer.toString(length),
                  start.shown,
                  Report.number(recall),
                  Report.number(mean)));
          each.put(
              start.name().toLowerCase(java.util.Locale.ROOT),
              Map.of(
                  "recall10", RelevanceMeasurement.rounded(recall), "compared", Math.round(mean)));
          System.out.println(rows.getLast());
        }
        values.put(Integer.toString(length), each);
      }
    }
    report.value("seeding", values);
    report.section(
        "Walks that start at the words' hits",
        Report.table(rows)
            + ("\n%,d queries of the classic sets over all of their %,d texts together, vectors by"
                    + " all-MiniLM-L6-v2, one graph; the seeds are the first %d of bare BM25. A search"
                    + " walks for 256, and for 512 where nothing is hidden. Compared are the vectors"
                    + " that a walk looked at, seeds included.")
                .formatted(queries.size(), texts.size(), SEEDS));
  }

  private Path index() throws IOException {
    Path folder = Folders.temporary("seeding");
    KnnVectorsFormat format =
        new Lucene104HnswScalarQuantizedVectorsFormat(
            ScalarEncoding.PACKED_NIBBLE, MAX_CONN, BEAM_WIDTH, 1, null, GRAPH_FROM);
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setRAMBufferSizeMB(1_024)
            .setCodec(
                new Lucene104Codec() {
                  @Override
                  public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                    return format;
                  }
                });
    try (MMapDirectory directory = new MMapDirectory(folder);
        IndexWriter writer = new IndexWriter(directory, config)) {
      for (float[] vector : vectors) {
        Document document = new Document();
        document.add(
            new KnnFloatVectorField("vector", vector, VectorSimilarityFunction.DOT_PRODUCT));
        writer.addDocument(document);
      }
    }
    return folder;
  }

  private int[] exact(float[] query) {
    return IntStream.range(0, vectors.length)
        .boxed()
        .sorted(Comparator.comparingDouble(at -> -SentenceVectors.dot(query, vectors[at])))
        .limit(NEAREST)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private int[] seeds(Start start, BareSearch words, String query, Random random) {
    return switch (start) {
      case ENTRY -> new int[0];
      case WORDS ->
          words.ranked(query, SEEDS).stream().mapToInt(BareSearch.Found::index).sorted().toArray();
      case RANDOM -> random.ints(SEEDS, 0, texts.size()).distinct().sorted().toArray();
    };
  }

  /// @param seeds ascending
  private static TopKnnCollector walk(LeafReader graph, float[] query, int length, int[] seeds)
      throws IOException {
    KnnSearchStrategy strategy = new KnnSearchStrategy.Hnsw(0);
    if (seeds.length > 0) {
      DocIdSetBuilder nodes = new DocIdSetBuilder(graph.maxDoc());
      DocIdSetBuilder.BulkAdder adder = nodes.grow(seeds.length);
      Arrays.stream(seeds).forEach(adder::add);
      DocIdSetIterator starts = nodes.build().iterator();
      strategy = new KnnSearchStrategy.Seeded(starts, seeds.length, strategy);
    }
    TopKnnCollector top = new TopKnnCollector(length, Integer.MAX_VALUE, strategy);
    graph.searchNearestVectors(
        "vector", query, top, AcceptDocs.fromLiveDocs(graph.getLiveDocs(), graph.maxDoc()));
    return top;
  }

  /// How many of the nearest are among the best of what a walk found, compared exactly.
  private double found(TopKnnCollector top, float[] query, int[] nearest) {
    List<Integer> best =
        Arrays.stream(top.topDocs().scoreDocs)
            .map((ScoreDoc hit) -> hit.doc)
            .sorted(Comparator.comparingDouble(at -> -SentenceVectors.dot(query, vectors[at])))
            .limit(NEAREST)
            .toList();
    return Arrays.stream(nearest).filter(best::contains).count();
  }
}
