package engram.api.jobs;

import engram.api.erase.Erasure;
import engram.retrieval.Indexing;
import engram.retrieval.Ingestion;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// The background threads of this process: ingestion, the index, and the broom.
///
/// They start after the web server answers and stop before it is gone, so a slow first step delays
/// nobody. A step that is cut off is taken again by the next process: see [Ingestion].
@Component
final class Workers implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(Workers.class);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
  private static final int EXPIRED_AT_ONCE = 100;

  private final Ingestion ingestion;
  private final Indexing indexing;
  private final Erasure erasure;
  private final Retention retention;
  private final WorkerSettings settings;
  private final List<Loop> loops = new ArrayList<>();
  private Instant lastCommit = Instant.EPOCH;
  private boolean uncommitted;

  Workers(
      Ingestion ingestion,
      Indexing indexing,
      Erasure erasure,
      Retention retention,
      WorkerSettings settings) {
    this.ingestion = ingestion;
    this.indexing = indexing;
    this.erasure = erasure;
    this.retention = retention;
    this.settings = settings;
  }

  @Override
  public synchronized void start() {
    loops.add(new Loop("index", settings.idleMax(), this::index));
    String process = UUID.randomUUID().toString();
    for (int worker = 0; worker < settings.ingest(); worker++) {
      String name = "ingest-" + worker;
      loops.add(new Loop(name, settings.idleMax(), () -> ingest(process + "/" + name)));
    }
    loops.add(new Loop("sweep", settings.sweep(), this::sweep));
    loops.forEach(Loop::start);
  }

  private boolean ingest(String worker) {
    boolean worked = ingestion.ingestNext(worker);
    if (worked) {
      indexing.signal();
    }
    return worked;
  }

  private boolean index() {
    boolean applied = indexing.applyNext();
    uncommitted |= applied;
    Instant now = Instant.now();
    if (uncommitted && lastCommit.plus(settings.indexCommit()).isBefore(now)) {
      indexing.commit();
      lastCommit = now;
      uncommitted = false;
    }
    if (!applied) {
      awaitSignal();
    }
    return true;
  }

  private void awaitSignal() {
    try {
      indexing.awaitSignal(settings.idleMax());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// @return whether more has expired than one round takes
  private boolean sweep() {
    int expired = erasure.expire(EXPIRED_AT_ONCE);
    ingestion.sweep(settings.orphanGrace());
    retention.run();
    indexing.prune(settings.outboxKept());
    return expired == EXPIRED_AT_ONCE;
  }

  @Override
  public synchronized void stop() {
    loops.forEach(Loop::stop);
    indexing.signal();
    try {
      Instant deadline = Instant.now().plus(STOP_PATIENCE);
      for (Loop loop : loops) {
        Duration left = Duration.between(Instant.now(), deadline);
        if (!loop.join(left.isPositive() ? left : Duration.ofMillis(1))) {
          loop.interrupt();
        }
      }
      indexing.commit();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException failure) {
      log.warn(
          "the index was not committed at the end; the next start applies the rest again", failure);
    }
    loops.clear();
  }

  @Override
  public synchronized boolean isRunning() {
    return !loops.isEmpty();
  }
}
