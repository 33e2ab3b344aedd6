package engram.retrieval.library;

import static engram.retrieval.library.LibraryFixture.bytes;

import engram.retrieval.Access;
import engram.retrieval.Analysis;
import engram.retrieval.Build;
import engram.retrieval.Builds;
import engram.retrieval.Chunking;
import engram.retrieval.EmbeddingModels;
import engram.retrieval.Hit;
import engram.retrieval.RankingOptions;
import engram.retrieval.SearchRequest;
import engram.retrieval.Span;
import engram.retrieval.index.IndexSettings;
import engram.retrieval.index.LuceneIndex;
import engram.retrieval.ingest.Cutter;
import engram.retrieval.ingest.Embedder;
import engram.retrieval.ingest.Embedders;
import engram.retrieval.ingest.IngestPipeline;
import engram.retrieval.ingest.Piece;
import engram.retrieval.search.LuceneRetriever;
import engram.retrieval.search.SearchSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// A library with an ingestion and a Lucene index, whose documents are cut into paragraphs, or,
/// where [#WHOLE] is asked for, not at all.
final class BuildsFixture implements AutoCloseable {
  static final Chunking WHOLE = new Chunking(100, 0);
  static final Build.Draft UNCUT = new Build.Draft(WHOLE, null, null);
  static final String MODEL = "other";

  final LibraryFixture library;
  final LuceneIndex index;
  final LuceneRetriever retriever;
  final Builds builds;
  final IngestPipeline ingestion;
  final AtomicInteger cuts = new AtomicInteger();

  /// Hears each text that is to be cut; may throw.
  volatile Consumer<String> beforeCut = text -> {};

  BuildsFixture(Path folder) {
    library = new LibraryFixture(folder);
    index =
        LuceneIndex.open(
            folder.resolve("index"),
            IndexSettings.DEFAULT,
            library.database.transactions(),
            library.database.dataSource());
    Embedder other = library.embedder("other/model");
    Embedders embedders = new Embedders(null, Map.of(MODEL, other));
    retriever =
        new LuceneRetriever(
            index,
            library.database.transactions(),
            library.database.dataSource(),
            new SearchSettings(
                Duration.ofSeconds(5), Duration.ofSeconds(3), 2, 100, 1 << 20, Duration.ZERO),
            new EmbeddingModels(
                null, Map.of(MODEL, new EmbeddingModels.Named(other.name(), other.model()))));
    builds = new StoredBuilds(library.store, library.ledger, index, Set.of(MODEL));
    ingestion = library.pipeline(cutter(), null, embedders, LibraryFixture.LEASE);
  }

  private Cutter cutter() {
    return (extraction, chunking) -> {
      beforeCut.accept(extraction.text());
      cuts.incrementAndGet();
      if (chunking.maxTokens() != WHOLE.maxTokens()) {
        return LibraryFixture.PARAGRAPHS.cut(extraction, chunking);
      }
      Span all = new Span(0, extraction.text().length());
      return List.of(new Piece(List.of(), "", all, all, "", 1, 1, List.of(), 9, extraction.text()));
    };
  }

  /// Puts a document, with its key for its name.
  String put(Access access, String collection, String key, String text) {
    String file = library.library.putFile(access, key, key, "text/plain", bytes(text)).file().id();
    library.library.addDocument(access, collection, LibraryFixture.draft(file));
    return file;
  }

  /// Does all work that waits.
  void drain() {
    boolean worked = true;
    while (worked) {
      endPauses();
      worked = ingestion.ingestNext("worker") | ingestion.buildNext("builder", () -> false);
    }
    follow();
  }

  void follow() {
    while (index.applyNext()) {
      // until it has followed
    }
    library.index.applyNext();
  }

  private void endPauses() {
    system("update jobs set run_after = now() where state = 'queued'");
  }

  /// As if every worker had been killed long ago.
  void endLeases() {
    system("update jobs set lease_until = now() - interval '1 s' where state = 'running'");
  }

  private void system(String sql) {
    library
        .store
        .transactions()
        .inSystem(() -> {
          library.store.sql().sql(sql).update();
        });
  }

  /// @param build null for the one that serves
  List<Hit> hits(Access access, String collection, Integer build, String query) {
    return retriever
        .search(
            access,
            new SearchRequest(
                List.of(collection),
                List.of(query),
                null,
                0,
                200,
                0,
                null,
                false,
                new RankingOptions(null, null, 0, null, build)))
        .hits();
  }

  List<String> texts(Access access, String collection, Integer build, String query) {
    return hits(access, collection, build, query).stream().map(Hit::text).sorted().toList();
  }

  static Build.Draft analysed(Analysis.Language language) {
    return new Build.Draft(null, new Analysis(language), null);
  }

  @Override
  public void close() {
    index.close();
    library.close();
  }
}
