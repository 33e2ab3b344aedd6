package engram.api.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.fakes.FakeLibrary;
import engram.api.fakes.FakeSearch;
import engram.retrieval.Ingestion;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkersTest {
  private static final Duration NEVER = Duration.ofHours(1);

  private final Documents documents = new Documents();
  private final Workers workers =
      new Workers(
          documents,
          new FakeSearch(new FakeLibrary()),
          () -> false,
          new WorkerSettings(1, NEVER, NEVER, NEVER, NEVER, 1));

  /// Documents that wait to be ingested.
  private static final class Documents implements Ingestion {
    private final Semaphore waiting = new Semaphore(0);
    private final CountDownLatch looked = new CountDownLatch(11);

    @Override
    public boolean ingestNext(String worker) {
      looked.countDown();
      return waiting.tryAcquire();
    }

    @Override
    public boolean buildNext(String worker, BooleanSupplier stopping) {
      return false;
    }

    @Override
    public void sweep(Duration graceOfOrphans) {}

    @Override
    public void forgetOld(Duration receipts, int fileVersions, Duration retiredBuilds) {}

    @Override
    public int queueMissingVectors(int limit) {
      return 0;
    }
  }

  @BeforeEach
  void start() throws InterruptedException {
    workers.start();
    // Its pauses double from 5 ms: the next one is of five seconds.
    assertThat(documents.looked.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @AfterEach
  void stop() {
    workers.stop();
  }

  @Test
  void aWorkerThatRestsCanBeToldThatSomebodyWaits() throws InterruptedException {
    long before = workers.steps();
    documents.waiting.release();
    workers.hurry();
    long began = System.nanoTime();
    workers.awaitStep(before, NEVER);
    assertThat(workers.steps()).isGreaterThan(before);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void withoutAStepTheWaitEndsWithItsTime() throws InterruptedException {
    long before = workers.steps();
    workers.awaitStep(before, Duration.ofMillis(20));
    assertThat(workers.steps()).isEqualTo(before);
    // What was taken before one begins to wait is not waited for.
    workers.awaitStep(before - 1, NEVER);
  }
}
