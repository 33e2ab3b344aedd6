package engram.retrieval.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class BoundedCloseTest {
  @Test
  void whatEndsInTimeHasEnded() throws IOException {
    AtomicBoolean closed = new AtomicBoolean();
    assertThat(BoundedClose.close(() -> closed.set(true), Duration.ofMinutes(1))).isTrue();
    assertThat(closed).isTrue();
  }

  @Test
  void whatTakesLongerGoesOnInADaemon() throws Exception {
    CountDownLatch merged = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    AtomicBoolean daemon = new AtomicBoolean();
    boolean ended =
        BoundedClose.close(
            () -> {
              daemon.set(Thread.currentThread().isDaemon());
              awaitQuietly(merged);
              closed.countDown();
            },
            Duration.ofMillis(50));
    assertThat(ended).isFalse();
    merged.countDown();
    assertThat(closed.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(daemon).isTrue();
  }

  @Test
  void aFailureIsTheCallers() {
    assertThatThrownBy(() ->
            BoundedClose.close(
                () -> {
                  throw new IOException("no space left");
                },
                Duration.ofMinutes(1)))
        .isInstanceOf(IOException.class)
        .hasMessage("no space left");
  }

  private static void awaitQuietly(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
