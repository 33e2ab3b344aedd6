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
}
