package engram.api.jobs;

import engram.retrieval.Indexing;
import engram.retrieval.Ingestion;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// The background threads of this process: ingestion, the index, and the broom.
///
/// They start after the web server answers and stop before it is gone, so a slow first step delays
/// nobody. A step that is cut off is taken again by the next process: see [Ingestion].
@Component
public final class Workers implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(Workers.class);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

  private final Ingestion ingestion;
  private final Indexing indexing;
  private final BooleanSupplier sweep;
  private final WorkerSettings settings;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stepped = lock.newCondition();
  private long steps;
  private volatile List<Loop> loops = List.of();
  private volatile boolean stopping;
  private Instant lastCommit = Instant.EPOCH;
  private boolean uncommitted;

  @Autowired
  Workers(Ingestion ingestion, Indexing indexing, Sweeper sweeper, WorkerSettings settings) {
    this(ingestion, indexing, sweeper::sweep, settings);
  }

  public Workers(
      Ingestion ingestion, Indexing indexing, BooleanSupplier sweep, WorkerSettings settings) {
    this.ingestion = ingestion;
    this.indexing = indexing;
    this.sweep = sweep;
    this.settings = settings;
  }

  /// How many steps were taken so far that may have changed what callers see.
  public long steps() {
    lock.lock();
    try {
      return steps;
    } finally {
      lock.unlock();
    }
  }

  /// Waits for a step after the first `seen`, or until the time is over.
  public void awaitStep(long seen, Duration timeout) throws InterruptedException {
    long leftNanos = timeout.toNanos();
    lock.lock();
    try {
      while (steps <= seen && leftNanos > 0) {
        leftNanos = stepped.awaitNanos(leftNanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Somebody waits for what was just written: workers that rest look for work at once.
  public void hurry() {
    loops.forEach(Loop::wake);
  }

  private void step() {
    lock.lock();
    try {
      steps++;
      stepped.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public synchronized void start() {
    stopping = false;
    List<Loop> loops = new ArrayList<>();
    loops.add(new Loop("index", settings.idleMax(), this::index));
    String process = UUID.randomUUID().toString();
    for (int worker = 0; worker < settings.ingest(); worker++) {
      String name = "ingest-" + worker;
      loops.add(new Loop(name, settings.idleMax(), () -> ingest(process + "/" + name)));
    }
    if (settings.ingest() > 0) {
      loops.add(new Loop("build", settings.idleMax(), () -> build(process + "/build")));
    }
    loops.add(new Loop("sweep", settings.sweep(), sweep));
    loops.forEach(Loop::start);
    this.loops = List.copyOf(loops);
  }

  private boolean ingest(String worker) {
    boolean worked = ingestion.ingestNext(worker);
    if (worked) {
      indexing.signal();
      step();
    }
    return worked;
  }

  /// Apart from ingestion: a large build must not keep new documents waiting.
  private boolean build(String worker) {
    boolean worked = ingestion.buildNext(worker, () -> stopping);
    if (worked) {
      indexing.signal();
      step();
    }
    return worked;
  }

  private boolean index() {
    boolean applied = indexing.applyNext();
    if (applied) {
      uncommitted = true;
      step();
    }
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

  @Override
  public synchronized void stop() {
    stopping = true;
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
    loops = List.of();
  }

  @Override
  public synchronized boolean isRunning() {
    return !loops.isEmpty();
  }
}
