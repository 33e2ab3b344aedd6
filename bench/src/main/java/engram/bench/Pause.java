package engram.bench;

import java.time.Duration;

final class Pause {
  private Pause() {}

  static void forSeconds(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /// @param nanos by [System#nanoTime]; nothing is waited for where that is over
  static void until(long nanos) {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      forSeconds(Duration.ofNanos(left));
    }
  }
}
