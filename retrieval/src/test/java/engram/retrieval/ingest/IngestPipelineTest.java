package engram.retrieval.ingest;

import static engram.retrieval.library.LibraryFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Library;
import engram.retrieval.RefusedException;
import engram.retrieval.library.LibraryFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestPipelineTest {
  @TempDir static Path folder;
  static LibraryFixture fixture;
  static Library library;
  static IngestPipeline ingestion;

  final Access admin = fixture.tenant();
  final String collection = fixture.collection(admin);
  final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeAll
  static void open() {
    fixture = new LibraryFixture(folder);
    library = fixture.door();
    ingestion = fixture.ingestion();
  }

  @AfterEach
  void reset() {
    fixture.beforeParse.set(() -> {});
    fixture.beforeEmbed.set(() -> {});
    threads.shutdownNow();
    endPauses();
    fixture.drain(ingestion);
  }

  @AfterAll
  static void close() {
    fixture.close();
  }

  private Document attached(String text) {
    return fixture.attach(
        admin, collection, library.putFile(admin, "k", "a.txt", null, bytes(text)).file().id());
  }

  private Document now(Document document) {
    fixture.index.applyNext();
    return library.document(admin, collection, document.fileId());
  }

  /// Jobs that wait after a failure need not wait in tests.
  private void endPauses() {
    fixture
        .store
        .transactions()
        .inSystem(() -> {
          fixture
              .store
              .sql()
              .sql("update jobs set run_after = now() where state = 'queued'")
              .update();
        });
  }

  private void endLeases() {
    fixture
        .store
        .transactions()
        .inSystem(() -> {
          fixture
              .store
              .sql()
              .sql("update jobs set lease_until = now() - interval '1 s' where state = 'running'")
              .update();
        });
  }

  @Test
  void aDamagedFileFailsForGoodAndItsOldTextStays() {
    Document document = attached("good");
    fixture.drain(ingestion);
    library.putFile(admin, "k", "a.txt", null, bytes("%BAD"));
    fixture.drain(ingestion);
    Document failed = now(document);
    assertThat(failed.status()).isEqualTo(DocumentStatus.FAILED);
    assertThat(failed.failure()).isEqualTo(new Document.Failure("corrupt", "The file is damaged."));
    assertThat(failed.version()).isEqualTo(1);
    assertThat(library.chunks(admin, collection, document.fileId(), 0, 5).items()).hasSize(1);
    assertThat(fixture.index.contains(document.id())).isTrue();
    assertThat(ingestion.ingestNext("w")).as("not tried again").isFalse();

    library.putFile(admin, "k", "a.txt", null, bytes("good again"));
    fixture.drain(ingestion);
    assertThat(now(document).status()).isEqualTo(DocumentStatus.COMPLETED);
    assertThat(now(document).failure()).isNull();
  }

  @Test
  void passingTroubleIsTriedAgainAndThenGivenUp() {
    Document document = attached("text");
    fixture.beforeParse.set(() -> {
      throw new IllegalStateException("planted");
    });
    threeAttempts(ingestion, document);
    assertThat(ingestion.ingestNext("w")).isFalse();
    Document dead = now(document);
    assertThat(dead.status()).isEqualTo(DocumentStatus.FAILED);
    assertThat(dead.failure().code()).isEqualTo("internal_error");
    assertThat(dead.failure().message()).contains("Given up after 3 attempts");
    assertThat(fixture.count(admin, "select count(*) from jobs where state = 'dead'")).isEqualTo(1);

    fixture.beforeParse.set(() -> {});
    library.retryDocument(admin, collection, document.fileId());
    fixture.drain(ingestion);
    assertThat(now(document).status()).isEqualTo(DocumentStatus.COMPLETED);
    assertThatThrownBy(() -> library.retryDocument(admin, collection, document.fileId()))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void anEmbeddingServerThatFailsIsTriedAgain() {
    Document document = attached("text");
    IngestPipeline embedding = fixture.ingestion(fixture.embedder("m"));
    fixture.beforeEmbed.set(() -> {
      throw new IllegalStateException("planted: 503");
    });
    embedding.ingestNext("w");
    assertThat(fixture.column(admin.tenant(), String.class, "select error_code from jobs"))
        .containsExactly("embedding_failed");
    fixture.beforeEmbed.set(() -> {});
    endPauses();
    int parses = fixture.parses.get();
    fixture.drain(embedding);
    assertThat(now(document).status()).isEqualTo(DocumentStatus.COMPLETED);
    assertThat(fixture.parses.get()).as("the text was kept").isEqualTo(parses);
  }

  @Test
  void whileTheEmbeddingServerStaysDownDocumentsAreFoundByTheirWords() {
    IngestPipeline embedding = fixture.ingestion(fixture.embedder("m"));
    embedding.queueMissingVectors(10_000);
    fixture.drain(embedding);
    assertThat(embedding.queueMissingVectors(10_000)).as("before anything is wrong").isZero();
    Document document = attached("text");
    fixture.beforeEmbed.set(() -> {
      throw new IllegalStateException("planted: connection refused");
    });
    threeAttempts(embedding, document);
    assertThat(now(document).status()).isEqualTo(DocumentStatus.COMPLETED);
    assertThat(now(document).warnings()).singleElement().asString().contains("did not answer");
    assertThat(fixture.index.chunksOf(document.id())).isNotEmpty();
    assertThat(embeddedChunks(document)).isZero();

    assertThat(embedding.queueMissingVectors(10_000)).as("at once").isZero();
    fixture.clock.advance(Duration.ofMinutes(1));
    assertThat(embedding.queueMissingVectors(10_000)).as("still down").isZero();
    fixture.beforeEmbed.set(() -> {});
    assertThat(embedding.queueMissingVectors(10_000)).isEqualTo(1);
    fixture.drain(embedding);
    assertThat(now(document).status()).isEqualTo(DocumentStatus.COMPLETED);
    assertThat(now(document).warnings()).isEmpty();
    assertThat(embeddedChunks(document)).isPositive();
    assertThat(embedding.queueMissingVectors(10_000)).isZero();
  }

  private void threeAttempts(IngestPipeline pipeline, Document document) {
    for (int attempt = 1; attempt <= 3; attempt++) {
      assertThat(now(document).status()).isEqualTo(DocumentStatus.IN_PROGRESS);
      assertThat(pipeline.ingestNext("w")).isTrue();
      endPauses();
    }
  }

  private long embeddedChunks(Document document) {
    return fixture.count(
        admin,
        "select count(*) from chunks where embedding is not null and document_id = "
            + document.id());
  }

  /// Starts a worker that stands still in the parser until the latch opens.
  private Future<?> stoppedWorker(IngestPipeline pipeline, CountDownLatch goOn) throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    fixture.beforeParse.set(() -> {
      arrived.countDown();
      try {
        goOn.await(20, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    Future<?> worker = threads.submit(() -> pipeline.ingestNext("slow"));
    assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
    fixture.beforeParse.set(() -> {});
    return worker;
  }

  @Test
  void aWorkerThatLostItsLeaseWritesNothing() throws Exception {
    Document document = attached("text");
    CountDownLatch goOn = new CountDownLatch(1);
    Future<?> slow = stoppedWorker(fixture.ingestion(null, Duration.ofMinutes(5)), goOn);
    endLeases();
    assertThat(ingestion.ingestNext("fast")).as("taken over").isTrue();
    long changes = library.headSeq();
    var ids = fixture.column(admin.tenant(), Long.class, "select id from chunks");
    goOn.countDown();
    slow.get(20, TimeUnit.SECONDS);
    assertThat(library.headSeq()).isEqualTo(changes);
    assertThat(fixture.column(admin.tenant(), Long.class, "select id from chunks")).isEqualTo(ids);
    assertThat(now(document).status()).isEqualTo(DocumentStatus.COMPLETED);
  }

  @Test
  void aCancelledDocumentStopsAndCanBeTriedAgain() throws Exception {
    Document document = attached("text");
    CountDownLatch goOn = new CountDownLatch(1);
    Future<?> slow = stoppedWorker(ingestion, goOn);
    assertThat(library.cancelDocument(admin, collection, document.fileId()).status())
        .isEqualTo(DocumentStatus.CANCELLED);
    goOn.countDown();
    slow.get(20, TimeUnit.SECONDS);
    assertThat(now(document).status()).isEqualTo(DocumentStatus.CANCELLED);
    assertThat(fixture.count(admin, "select count(*) from chunks")).isZero();
    assertThat(library.retryDocument(admin, collection, document.fileId()).status())
        .isEqualTo(DocumentStatus.IN_PROGRESS);
    fixture.drain(ingestion);
    assertThat(now(document).status()).isEqualTo(DocumentStatus.COMPLETED);
  }

  @Test
  void aRetryThatCrossesTheCancellationIsNotLost() throws Exception {
    Document document = attached("text");
    CountDownLatch goOn = new CountDownLatch(1);
    Future<?> slow = stoppedWorker(ingestion, goOn);
    library.cancelDocument(admin, collection, document.fileId());
    library.retryDocument(admin, collection, document.fileId());
    goOn.countDown();
    slow.get(20, TimeUnit.SECONDS);
    ingestion.sweep(Duration.ofHours(1));
    fixture.drain(ingestion);
    assertThat(now(document).status()).isEqualTo(DocumentStatus.COMPLETED);
  }

  @Test
  void aNewVersionDuringParsingIsTakenUpAtOnce() throws Exception {
    Document document = attached("old");
    CountDownLatch goOn = new CountDownLatch(1);
    Future<?> slow = stoppedWorker(ingestion, goOn);
    library.putFile(admin, "k", "a.txt", null, bytes("new"));
    goOn.countDown();
    slow.get(20, TimeUnit.SECONDS);
    fixture.drain(ingestion);
    assertThat(now(document).version()).isEqualTo(2);
    assertThat(library.chunks(admin, collection, document.fileId(), 0, 5).items())
        .extracting("text")
        .containsExactly("new");
  }

  @Test
  void aDocumentDeletedDuringParsingLeavesNothing() throws Exception {
    Document document = attached("gone soon");
    CountDownLatch goOn = new CountDownLatch(1);
    Future<?> slow = stoppedWorker(ingestion, goOn);
    library.deleteFile(admin, document.fileId());
    goOn.countDown();
    slow.get(20, TimeUnit.SECONDS);
    for (String table : Set.of("chunks", "extractions", "jobs", "documents", "blobs")) {
      assertThat(fixture.count(admin, "select count(*) from " + table)).as(table).isZero();
    }
  }

  @Test
  void aDocumentWhoseWorkersWereLostEndsAsFailed() throws Exception {
    Document document = attached("text");
    for (int attempt = 0; attempt < 3; attempt++) {
      assertThat(fixture.database.claims().claim(Set.of("ingest"), "lost", Duration.ofMinutes(1)))
          .isPresent();
      endLeases();
    }
    assertThat(ingestion.ingestNext("w")).isFalse();
    ingestion.sweep(Duration.ofHours(1));
    assertThat(now(document).failure().code()).isEqualTo("worker_lost");
  }

  @Test
  void theHeartbeatOutlivesTheLease() throws Exception {
    Document document = attached("slow text");
    IngestPipeline shortLease = fixture.ingestion(null, Duration.ofSeconds(2));
    CountDownLatch goOn = new CountDownLatch(1);
    Future<?> slow = stoppedWorker(shortLease, goOn);
    long began = System.nanoTime();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> System.nanoTime() - began > Duration.ofMillis(3500).toNanos());
    assertThat(ingestion.ingestNext("other")).as("still held").isFalse();
    goOn.countDown();
    slow.get(20, TimeUnit.SECONDS);
    assertThat(now(document).status()).isEqualTo(DocumentStatus.COMPLETED);
  }

  /// Abandons the pipeline at random places by an error that nothing catches, as a killed process
  /// would, and lets others go on. At the end database and index agree.
  @Test
  void anythingMayBeKilledAnywhere() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    Document document = attached("a\n\nb\n\nc");
    String text = "";
    IngestPipeline embedding = fixture.ingestion(fixture.embedder("m"));
    Runnable maybeKill =
        () -> {
          if (random.nextInt(3) == 0) {
            throw new Killed();
          }
        };
    for (int round = 0; round < 25; round++) {
      text = "p" + random.nextInt(3) + "\n\nq" + random.nextInt(3) + "\n\nr" + random.nextInt(9);
      library.putFile(admin, "k", "a.txt", null, bytes(text));
      fixture.beforeParse.set(maybeKill);
      fixture.beforeEmbed.set(maybeKill);
      try {
        embedding.ingestNext("w" + round);
      } catch (Killed e) {
        endLeases();
      }
      if (random.nextBoolean()) {
        fixture.index.applyNext();
      }
    }
    fixture.beforeParse.set(() -> {});
    fixture.beforeEmbed.set(() -> {});
    // Finds that the last attempt's worker is gone; the sweep then says so of the document.
    fixture.drain(embedding);
    ingestion.sweep(Duration.ZERO);
    if (now(document).status() != DocumentStatus.COMPLETED) {
      library.retryDocument(admin, collection, document.fileId());
    }
    endPauses();
    fixture.drain(embedding);
    Document done = now(document);
    assertThat(done.status()).as("-Dseed=%d", seed).isEqualTo(DocumentStatus.COMPLETED);
    assertThat(
            String.join(
                "\n\n",
                library.chunks(admin, collection, document.fileId(), 0, 9).items().stream()
                    .map(hit -> hit.text())
                    .toList()))
        .isEqualTo(text);
    assertThat(fixture.index.chunksOf(document.id()))
        .isEqualTo(Set.copyOf(fixture.column(admin.tenant(), Long.class, "select id from chunks")));
  }

  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }
}
