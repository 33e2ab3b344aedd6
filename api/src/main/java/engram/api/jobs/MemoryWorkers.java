package engram.api.jobs;

import engram.memory.AccessHistory;
import engram.memory.Consolidation;
import engram.memory.EpisodeKeeping;
import engram.memory.FactLearning;
import engram.memory.LevelKeeping;
import engram.memory.MemoryIndexing;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// The threads behind memories. Of those that follow the logs one keeps the index up with them, one
/// learns facts from them, one cuts them into episodes, one summarises those, one finds what was
/// said twice; of the others one writes down who read and wrote what, one erases what was kept long
/// enough.
@Component
final class MemoryWorkers implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(MemoryWorkers.class);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

  /// What a kill may lose of who read what.
  private static final Duration HISTORY_EVERY = Duration.ofMillis(500);

  /// How often each rule of how long memories are kept is enforced, and how often one is looked
  /// for.
  private static final Duration RETENTION_EVERY = Duration.ofHours(1);

  private static final Duration RETENTION_LOOK = Duration.ofSeconds(10);

  private final MemoryIndexing indexing;
  private final FactLearning learning;
  private final AccessHistory history;
  private final engram.memory.Retention retention;
  private final Clock clock;
  private final EpisodeKeeping episodes;
  private final LevelKeeping levels;
  private final Consolidation consolidation;
  private final WorkerSettings settings;
  private Instant lastCommit = Instant.EPOCH;
  private List<Loop> loops = List.of();
  private volatile boolean stopping;

  MemoryWorkers(
      MemoryIndexing indexing,
      FactLearning learning,
      EpisodeKeeping episodes,
      LevelKeeping levels,
      Consolidation consolidation,
      AccessHistory history,
      engram.memory.Retention retention,
      Clock clock,
      WorkerSettings settings) {
    this.history = history;
    this.retention = retention;
    this.clock = clock;
    this.indexing = indexing;
    this.learning = learning;
    this.episodes = episodes;
    this.levels = levels;
    this.consolidation = consolidation;
    this.settings = settings;
  }

  @Override
  public synchronized void start() {
    stopping = false;
    String worker = UUID.randomUUID() + "/memory-consolidate";
    loops =
        List.of(
            new Loop("memory-index", settings.idleMax(), this::step),
            new Loop("memory-learn", settings.idleMax(), learning::learnNext),
            new Loop("memory-episodes", settings.idleMax(), episodes::segmentNext),
            new Loop("memory-levels", settings.idleMax(), levels::summariseNext),
            new Loop(
                "memory-consolidate",
                settings.idleMax(),
                () -> consolidation.runNext(worker, () -> stopping)),
            new Loop("memory-history", HISTORY_EVERY, history::flush),
            new Loop("memory-retention", RETENTION_LOOK, this::retain));
    loops.forEach(Loop::start);
  }

  private boolean retain() {
    return retention.enforceNext(clock.instant().minus(RETENTION_EVERY)).isPresent();
  }

  private boolean step() {
    boolean applied = indexing.applyNext();
    Instant now = Instant.now();
    // Nothing is lost by a late commit: a restart takes up again what it has not.
    if (lastCommit.plus(settings.indexCommit()).isBefore(now)) {
      indexing.commit();
      lastCommit = now;
    }
    return applied;
  }

  @Override
  public synchronized void stop() {
    if (loops.isEmpty()) {
      return;
    }
    stopping = true;
    loops.forEach(Loop::stop);
    try {
      for (Loop loop : loops) {
        if (!loop.join(STOP_PATIENCE)) {
          loop.interrupt();
        }
      }
      indexing.commit();
      history.flush();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException failure) {
      log.warn(
          "the memory index was not committed at the end; the next start takes it up again",
          failure);
    }
    loops = List.of();
  }

  @Override
  public synchronized boolean isRunning() {
    return !loops.isEmpty();
  }
}
