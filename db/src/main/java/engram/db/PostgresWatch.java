package engram.db;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts the embedded server again when it ends by itself: killed by the system for want of
/// memory, or by a person. Clients reconnect to the same port.
///
/// The first try follows at once. Each further one waits twice as long as the one before, up to a
/// minute, whether the server did not start or started and soon ended again; it goes on until this
/// is closed, because what stands in the way (a full disk, a taken port) may pass. Every end and
/// every try that fails is one line in the log.
final class PostgresWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresWatch.class);
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final Duration PAUSE_MIN = Duration.ofSeconds(1);
  private static final Duration PAUSE_MAX = Duration.ofMinutes(1);

  private final PostgresCluster cluster;
  private final int port;
  private final Thread thread;
  private volatile boolean closed;

  private PostgresWatch(PostgresCluster cluster, int port) {
    this.cluster = cluster;
    this.port = port;
    this.thread = Thread.ofVirtual().name("watch-postgres").unstarted(this::watch);
  }

  static PostgresWatch begin(PostgresCluster cluster, int port) {
    PostgresWatch watch = new PostgresWatch(cluster, port);
    watch.thread.start();
    return watch;
  }

  /// Afterwards nothing is started any more. A start that is under way is no longer waited for.
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        // Stopping the server must follow, and must not meet a start halfway.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    Instant startedAt = Instant.now();
    Duration pause = Duration.ZERO;
    while (sleep(LOOK_EVERY)) {
      if (isAlive()) {
        continue;
      }
      boolean livedLong = startedAt.plus(PAUSE_MAX).isBefore(Instant.now());
      pause = livedLong ? Duration.ZERO : pause;
      LOG.error(
          "PostgreSQL has ended by itself; it is started again {}",
          pause.isZero() ? "now" : "in " + pause.toSeconds() + " s");
      while (sleep(pause) && !startAgain()) {
        pause = longer(pause);
        LOG.error("The next try follows in {} s", pause.toSeconds());
      }
      pause = longer(pause);
      startedAt = Instant.now();
    }
  }

  private static Duration longer(Duration pause) {
    Duration doubled = pause.isZero() ? PAUSE_MIN : pause.multipliedBy(2);
    return doubled.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : doubled;
  }

  private boolean isAlive() {
    try {
      RunningPostgres running = RunningPostgres.read(cluster.data()).orElse(null);
      return running != null && running.isAlive(cluster.data());
    } catch (IOException e) {
      // It went while it was looked at; the next look tells.
      return true;
    }
  }

  private boolean startAgain() {
    try {
      if (RunningPostgres.read(cluster.data()).isPresent()) {
        RunningPostgres.forgetPid(cluster.data());
      }
      cluster.startAgain(port);
      LOG.info("PostgreSQL runs again");
      return true;
    } catch (DataFolderException | IOException e) {
      if (!closed) {
        LOG.error("{}", e.getMessage());
      }
      return closed;
    }
  }

  /// @return false when it is time to end
  private boolean sleep(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      return false; // only #close interrupts
    }
    return !closed;
  }
}
