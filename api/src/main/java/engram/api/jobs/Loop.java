package engram.api.jobs;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread that takes a step again and again: at once while there is work, with growing pauses
/// while there is none or while steps fail.
final class Loop {
  private static final Logger log = LoggerFactory.getLogger(Loop.class);
  private static final Duration PAUSE_MIN = Duration.ofMillis(5);
  private static final Duration PAUSE_AFTER_ERROR_MAX = Duration.ofSeconds(30);

  private final String name;
  private final BooleanSupplier step;
  private final Duration idleMax;
  private final Thread thread;
  private volatile boolean stopping;

  /// @param step whether there was something to do
  Loop(String name, Duration idleMax, BooleanSupplier step) {
    this.name = name;
    this.step = step;
    this.idleMax = idleMax;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// Asks the loop to end after its present step.
  void stop() {
    stopping = true;
    wake();
  }

  /// Ends a pause early.
  void wake() {
    LockSupport.unpark(thread);
  }

  /// @return whether the loop has ended in time
  boolean join(Duration timeout) throws InterruptedException {
    return thread.join(timeout);
  }

  void interrupt() {
    thread.interrupt();
  }

  private void run() {
    Duration idle = PAUSE_MIN;
    Duration afterError = PAUSE_MIN;
    while (!stopping) {
      try {
        idle = step.getAsBoolean() ? Duration.ZERO : next(idle, idleMax);
        afterError = PAUSE_MIN;
        pause(idle);
      } catch (RuntimeException | Error failure) {
        // An Error too: one document that needs too much memory or stack must not end the thread
        // that all others wait for.
        if (stopping) {
          return;
        }
        afterError = next(afterError, PAUSE_AFTER_ERROR_MAX);
        log.warn("{} failed and tries again in {} ms", name, afterError.toMillis(), failure);
        pause(afterError);
      }
    }
  }

  private static Duration next(Duration pause, Duration most) {
    Duration doubled = pause.isZero() ? PAUSE_MIN : pause.multipliedBy(2);
    return doubled.compareTo(most) > 0 ? most : doubled;
  }

  private void pause(Duration duration) {
    if (!stopping && !duration.isZero()) {
      LockSupport.parkNanos(this, duration.toNanos());
    }
  }
}
