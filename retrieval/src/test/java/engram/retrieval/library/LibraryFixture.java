package engram.retrieval.library;

import engram.db.JobLedger;
import engram.db.TestDatabase;
import engram.retrieval.Access;
import engram.retrieval.Box;
import engram.retrieval.Chunking;
import engram.retrieval.Document;
import engram.retrieval.DocumentCollection;
import engram.retrieval.Library;
import engram.retrieval.Span;
import engram.retrieval.StoredFile;
import engram.retrieval.ingest.ContextWriter;
import engram.retrieval.ingest.Cutter;
import engram.retrieval.ingest.Embedder;
import engram.retrieval.ingest.Embedders;
import engram.retrieval.ingest.IngestPipeline;
import engram.retrieval.ingest.Piece;
import engram.retrieval.ingest.Reader;
import engram.retrieval.parse.Extraction;
import engram.retrieval.parse.FailureCode;
import engram.retrieval.parse.ParseOutcome;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.ai.embedding.AbstractEmbeddingModel;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.orm.jpa.SharedEntityManagerCreator;

/// A library on a database of its own, with an ingestion whose parser reads plain text and whose
/// chunks are its paragraphs, and an index that remembers ids.
public final class LibraryFixture implements AutoCloseable {
  public static final Duration LEASE = Duration.ofSeconds(20);
  private static final AtomicInteger TENANTS = new AtomicInteger();

  public final TestDatabase database;
  public final Path folder;
  public final Store store;
  public final JobLedger ledger;
  public final RememberingIndex index;
  public final StoredLibrary library;
  public final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  public final SettableClock clock = new SettableClock();
  public final AtomicInteger parses = new AtomicInteger();
  public final AtomicInteger embedded = new AtomicInteger();

  /// Runs before each parsing: to block, to throw.
  public final AtomicReference<Runnable> beforeParse = new AtomicReference<>(() -> {});

  /// Runs before each call of the embedding model.
  public final AtomicReference<Runnable> beforeEmbed = new AtomicReference<>(() -> {});

  public LibraryFixture(Path folder) {
    this(TestDatabase.fresh("engram.retrieval.library"), folder, 0);
  }

  public LibraryFixture(TestDatabase database, Path folder, long freeSpaceFloorBytes) {
    this.database = database;
    this.folder = folder;
    this.store =
        new Store(
            database.transactions(),
            SharedEntityManagerCreator.createSharedEntityManager(database.entityManagerFactory()),
            database.jdbc(),
            clock);
    this.ledger = database.jobs();
    this.index = new RememberingIndex(store);
    this.library =
        new StoredLibrary(
            store,
            new BlobStore(folder.resolve("files"), freeSpaceFloorBytes),
            ledger,
            3,
            index,
            index::contains,
            new StoredLibrary.Bounds(
                1 << 20, 1 << 16, 10, Duration.ofHours(1), Duration.ofSeconds(5)));
  }

  public IngestPipeline ingestion() {
    return ingestion(null);
  }

  public IngestPipeline ingestion(Embedder embedder) {
    return ingestion(embedder, LEASE);
  }

  public IngestPipeline ingestion(Embedder embedder, Duration lease) {
    return ingestion(PARAGRAPHS, null, embedder, lease);
  }

  public IngestPipeline ingestion(
      Cutter cutter, ContextWriter contextWriter, Embedder embedder, Duration lease) {
    return pipeline(cutter, contextWriter, new Embedders(embedder, Map.of()), lease);
  }

  public IngestPipeline pipeline(
      Cutter cutter, ContextWriter contextWriter, Embedders embedders, Duration lease) {
    return new IngestPipeline(
        store,
        new BlobStore(folder.resolve("files"), 0),
        ledger,
        database.claims(),
        library.sweep(),
        reader(),
        cutter,
        contextWriter,
        embedders,
        new IngestPipeline.Bounds(lease, 3, 1000),
        meters);
  }

  public Embedder embedder(String name) {
    return new Embedder(name, new CountingModel(), 4);
  }

  /// Cuts at empty lines; a line that begins with `#` is the heading of what follows.
  public static final Cutter PARAGRAPHS =
      (extraction, chunking) -> {
        List<Piece> pieces = new ArrayList<>();
        List<String> heading = List.of();
        int at = 0;
        for (String paragraph : extraction.text().split("(?<=\n\n)")) {
          String text = paragraph.stripTrailing();
          if (text.startsWith("# ")) {
            heading = List.of(text.substring(2));
          } else if (!text.isBlank()) {
            Span span = new Span(at, at + text.length());
            pieces.add(
                new Piece(
                    heading,
                    "",
                    span,
                    span,
                    "",
                    1,
                    1,
                    List.of(new Box(1, 0.5f, at, 10, 12)),
                    7,
                    text));
          }
          at += paragraph.length();
        }
        return pieces;
      };

  public Reader reader() {
    return (file, filename, type, progress, cancelled) -> {
      beforeParse.get().run();
      if (cancelled.getAsBoolean()) {
        return new ParseOutcome.Failed(FailureCode.CANCELLED, "Stopped.");
      }
      parses.incrementAndGet();
      try {
        String text = Files.readString(file);
        if (text.startsWith("%BAD")) {
          return new ParseOutcome.Failed(FailureCode.CORRUPT, "The file is damaged.");
        }
        return new ParseOutcome.Parsed(
            new Extraction(text, null, "text/plain", "en", 1, List.of(), List.of()));
      } catch (IOException e) {
        return new ParseOutcome.Failed(FailureCode.UNREADABLE, "The stored file is gone.");
      }
    };
  }

  private final class CountingModel extends AbstractEmbeddingModel {
    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
      beforeEmbed.get().run();
      List<Embedding> vectors = new ArrayList<>();
      for (String text : request.getInstructions()) {
        embedded.incrementAndGet();
        vectors.add(new Embedding(new float[] {text.length(), 0.1f, 1e-30f}, vectors.size()));
      }
      return new EmbeddingResponse(vectors);
    }

    @Override
    public float[] embed(org.springframework.ai.document.Document document) {
      return embed(document.getText());
    }
  }

  /// Access to everything of a new tenant.
  public Access tenant() {
    return Access.all(database.tenant("tenant " + TENANTS.incrementAndGet()), "key_admin");
  }

  public StoredFile file(Access access, String name, String text) {
    return library.addFile(access, name, "assistants", null, bytes(text));
  }

  public String collection(Access access) {
    return library
        .createCollection(access, new DocumentCollection.Draft("c", null, null, null, null))
        .id();
  }

  public Document attach(Access access, String collection, String fileId) {
    return library.addDocument(access, collection, draft(fileId));
  }

  public static Document.Draft draft(String fileId) {
    return new Document.Draft(fileId, Map.of(), Set.of(), null);
  }

  public static Document.Draft draft(
      String fileId, Map<String, Object> attributes, Set<String> readers, Chunking chunking) {
    return new Document.Draft(fileId, attributes, readers, chunking);
  }

  /// Ingests what waits, and lets the index follow.
  public int drain(IngestPipeline ingestion) {
    int jobs = 0;
    while (ingestion.ingestNext("worker")) {
      jobs++;
    }
    index.applyNext();
    return jobs;
  }

  public static InputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /// A number from a query in a tenant's scope.
  public long count(Access access, String sql) {
    return store
        .transactions()
        .readInTenant(access.tenant(), () -> store.sql().sql(sql).query(Long.class).single());
  }

  public <T> List<T> column(UUID tenant, Class<T> type, String sql) {
    return store.transactions().readInTenant(tenant, () -> store.sql().sql(sql).query(type).list());
  }

  /// Files below the folder of originals.
  public List<Path> blobs() {
    try (var paths = Files.walk(folder.resolve("files"))) {
      return paths.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Library door() {
    return library;
  }

  @Override
  public void close() {
    database.close();
  }

  /// A clock that tests move.
  public static final class SettableClock extends Clock {
    private volatile Duration offset = Duration.ZERO;

    public void advance(Duration by) {
      offset = offset.plus(by);
    }

    @Override
    public Instant instant() {
      return Instant.now().plus(offset);
    }

    @Override
    public java.time.ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      return this;
    }
  }
}
