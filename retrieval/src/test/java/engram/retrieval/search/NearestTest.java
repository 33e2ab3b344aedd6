package engram.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Access;
import engram.retrieval.Hit;
import engram.retrieval.SearchRequest;
import engram.retrieval.index.AccessQuery;
import engram.retrieval.index.ChunkFields;
import engram.retrieval.index.IndexSettings;
import engram.retrieval.index.IndexView;
import engram.retrieval.index.LibraryRows;
import engram.retrieval.index.LuceneIndex;
import engram.retrieval.index.Scope;
import engram.retrieval.search.Candidates.Candidate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.VectorUtil;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;

/// How many of the nearest chunks a search by vectors finds, among those that its caller may read:
/// from all of four thousand down to a thousandth, with a graph, and by comparing all.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NearestTest {
  private static final int DOCUMENTS = 1_000;
  private static final int CHUNKS_EACH = 4;
  private static final int DIMENSIONS = 96;
  private static final int CLUSTERS = 40;
  private static final int QUERIES = 40;

  private final LibraryRows rows = new LibraryRows();
  private final Random random = new Random(11);
  private final List<float[]> centres = new ArrayList<>();
  private final List<float[]> chunks = new ArrayList<>();
  private final List<float[]> questions = new ArrayList<>();
  private LuceneIndex withGraph;
  private LuceneIndex without;
  private String collection;

  @BeforeAll
  void fill(@TempDir Path folder) {
    withGraph = index(folder.resolve("graph"), 0);
    without = index(folder.resolve("none"), IndexSettings.DEFAULT.graphFrom());
    collection = rows.newCollection(rows.tenant);
    for (int i = 0; i < CLUSTERS; i++) {
      centres.add(noise());
    }
    for (int document = 0; document < DOCUMENTS; document++) {
      String[] texts = new String[CHUNKS_EACH];
      List<float[]> vectors = new ArrayList<>();
      for (int i = 0; i < CHUNKS_EACH; i++) {
        texts[i] = Integer.toString(chunks.size());
        vectors.add(near());
        chunks.add(vectors.getLast());
      }
      rows.add(
          rows.draft(texts)
              .in(rows.tenant, collection)
              .readers(readers(document))
              .embedded("planned", vectors));
    }
    for (int i = 0; i < QUERIES; i++) {
      questions.add(near());
    }
    LibraryRows.applyAll(withGraph);
    LibraryRows.applyAll(without);
  }

  private LuceneIndex index(Path folder, int graphFrom) {
    IndexSettings usual = IndexSettings.DEFAULT;
    IndexSettings settings =
        new IndexSettings(
            usual.ramBufferBytes(),
            usual.filterCacheBytes(),
            usual.changesPerStep(),
            usual.checkedBytesMax(),
            usual.chunksPerSlice(),
            graphFrom);
    return LuceneIndex.open(folder, settings, rows.transactions(), rows.dataSource());
  }

  @AfterAll
  void close() {
    withGraph.close();
    without.close();
    rows.close();
  }

  private static String[] readers(int document) {
    List<String> readers = new ArrayList<>();
    for (int every = 1; every <= DOCUMENTS; every *= 10) {
      if (document % every == 0) {
        readers.add("group:" + every);
      }
    }
    return readers.toArray(String[]::new);
  }

  private float[] noise() {
    float[] vector = new float[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private float[] near() {
    float[] centre = centres.get(random.nextInt(CLUSTERS));
    float[] vector = noise();
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] = centre[i] + vector[i];
    }
    return vector;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 100, 1_000})
  void nearlyAllOfTheTenNearestReadableChunksAreFound(int every) {
    assertThat(recall(withGraph, every)).isGreaterThanOrEqualTo(0.95);
    assertThat(recall(without, every)).isGreaterThanOrEqualTo(0.999);
  }

  @Test
  void segmentsWithGraphsAreWalkedByOurOwnComparisons() throws IOException {
    try (IndexView view = withGraph.view()) {
      String field = ChunkFields.vectorField("planned", DIMENSIONS);
      for (LeafReaderContext leaf : view.reader().leaves()) {
        assertThat(GraphOfVectors.in(leaf.reader(), field)).isNotNull();
        assertThat(GraphOfVectors.in(leaf.reader(), "none")).isNull();
      }
    }
    try (IndexView view = without.view()) {
      String field = ChunkFields.vectorField("planned", DIMENSIONS);
      assertThat(GraphOfVectors.in(view.reader().leaves().getFirst().reader(), field)).isNull();
    }
  }

  /// Where a walk starts.
  enum Seeds {
    NONE,
    /// The ten that are nearest among those that are permitted.
    GOOD,
    /// Those of the permitted that are farthest away.
    BAD
  }

  @ParameterizedTest
  @CsvSource({"1, NONE", "1, GOOD", "1, BAD", "10, NONE", "10, GOOD", "10, BAD"})
  @CsvSource({"100, NONE", "100, GOOD", "100, BAD", "1000, NONE", "1000, GOOD", "1000, BAD"})
  void whereverAWalkStartsNearlyAllOfTheTenNearestAreFound(int every, Seeds seeds)
      throws IOException {
    assertThat(recall(every, seeds, SearchSettings.DEFAULT.candidates(), 10))
        .isGreaterThanOrEqualTo(0.95);
  }

  /// A walk that looks for one ends where no neighbour is nearer, often not at the nearest. One
  /// that starts there misses it only where four bits take another for nearer.
  @Test
  void aShortWalkFindsMoreWhereItStartsWell() throws IOException {
    double started = recall(1, Seeds.GOOD, 1, 1);
    assertThat(started).isGreaterThan(0.7);
    assertThat(started).isGreaterThan(recall(1, Seeds.NONE, 1, 1));
    assertThat(started).isGreaterThan(recall(1, Seeds.BAD, 1, 1));
  }

  /// By the index with graphs, held against comparing all without them.
  private double recall(int every, Seeds seeds, int wanted, int count) throws IOException {
    Access access = new Access(rows.tenant, "k", false, Set.of("group:" + every), null, null);
    Scope scope = Scope.of(rows.tenant, collection, 0);
    Query permitted = Objects.requireNonNull(AccessQuery.narrowing(scope, access, null));
    double found = 0;
    double possible = 0;
    try (IndexView graphs = withGraph.view();
        IndexView plain = without.view()) {
      IndexSearcher walked = graphs.searcher(scope, 60_000);
      IndexSearcher compared = plain.searcher(scope, 60_000);
      for (float[] question : questions) {
        Nearest exact = Nearest.to(unit(question), "planned", Integer.MAX_VALUE);
        Nearest nearest = Nearest.to(unit(question), "planned", graphs.comparedMax());
        int all = chunks.size();
        List<Long> best = ids(exact.top(compared, 0, permitted, all, count, List.of()));
        List<Candidate> starts = List.of();
        if (seeds != Seeds.NONE) {
          // The numbers of chunks are the index's own.
          List<Candidate> inOrder = exact.top(walked, 0, permitted, all, all, starts).best();
          List<Candidate> from = seeds == Seeds.GOOD ? inOrder : inOrder.reversed();
          starts = from.subList(0, Math.min(10, from.size()));
        }
        List<Long> hits = ids(nearest.top(walked, 0, permitted, wanted, count, starts));
        found += best.stream().filter(hits::contains).count();
        possible += best.size();
      }
    }
    return found / possible;
  }

  private static List<Long> ids(Candidates candidates) {
    return candidates.best().stream().map(Candidate::chunkId).toList();
  }

  private static float[] unit(float[] vector) {
    float[] unit = vector.clone();
    VectorUtil.l2normalize(unit);
    return unit;
  }

  private double recall(LuceneIndex index, int every) {
    LuceneRetriever retriever =
        new LuceneRetriever(
            index,
            rows.transactions(),
            rows.dataSource(),
            SearchSettings.DEFAULT,
            "planned",
            new Planned(questions));
    Access access = new Access(rows.tenant, "k", false, Set.of("group:" + every), null, null);
    double found = 0;
    double wanted = 0;
    for (int question = 0; question < QUERIES; question++) {
      Set<String> nearest = nearest(questions.get(question), every);
      List<Hit> hits =
          retriever
              .search(
                  access,
                  new SearchRequest(
                      List.of(collection), List.of("q" + question), null, 0, 10, 0, 0, 1, false))
              .hits();
      assertThat(hits).hasSize(nearest.size());
      found += hits.stream().filter(hit -> nearest.contains(hit.text())).count();
      wanted += nearest.size();
    }
    return found / wanted;
  }

  private Set<String> nearest(float[] question, int every) {
    List<Integer> readable = new ArrayList<>();
    for (int chunk = 0; chunk < chunks.size(); chunk++) {
      if (chunk / CHUNKS_EACH % every == 0) {
        readable.add(chunk);
      }
    }
    readable.sort(Comparator.comparingDouble(chunk -> -cosine(question, chunks.get(chunk))));
    Set<String> nearest = new HashSet<>();
    readable.stream().limit(10).forEach(chunk -> nearest.add(Integer.toString(chunk)));
    return nearest;
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double squares = 0;
    for (int i = 0; i < DIMENSIONS; i++) {
      product += a[i] * b[i];
      squares += b[i] * b[i];
    }
    return product / Math.sqrt(squares);
  }

  /// The question `q7` has the vector 7.
  private record Planned(List<float[]> vectors) implements EmbeddingModel {
    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
      List<Embedding> made = new ArrayList<>();
      for (String text : request.getInstructions()) {
        made.add(new Embedding(vectors.get(Integer.parseInt(text.substring(1))), made.size()));
      }
      return new EmbeddingResponse(made);
    }

    @Override
    public float[] embed(Document document) {
      throw new AssertionError("documents have their vectors already");
    }
  }
}
