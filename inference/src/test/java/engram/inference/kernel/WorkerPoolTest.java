package engram.inference.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerPoolTest {
  @Test
  void everyItemIsDoneOnceInEveryRound() {
    try (WorkerPool pool = new WorkerPool(7)) {
      for (int round = 0; round < 2000; round++) {
        int items = round % 23;
        AtomicIntegerArray done = new AtomicIntegerArray(items);
        int[] plain = new int[items];
        pool.run(
            items,
            (item, worker) -> {
              done.incrementAndGet(item);
              plain[item] = item + 1;
            });
        for (int i = 0; i < items; i++) {
          assertThat(done.get(i)).isEqualTo(1);
          assertThat(plain[i]).isEqualTo(i + 1); // visible without any lock
        }
      }
    }
  }

  @Test
  void noTwoThreadsWorkUnderOneNumber() {
    try (WorkerPool pool = new WorkerPool(4)) {
      AtomicIntegerArray busy = new AtomicIntegerArray(4);
      AtomicInteger clashes = new AtomicInteger();
      pool.run(
          200,
          (item, worker) -> {
            if (busy.incrementAndGet(worker) > 1) {
              clashes.incrementAndGet();
            }
            Thread.yield();
            busy.decrementAndGet(worker);
          });
      assertThat(clashes.get()).isZero();
    }
  }

  @Test
  void aFailureReachesTheCallerAndThePoolGoesOn() {
    try (WorkerPool pool = new WorkerPool(3)) {
      assertThatThrownBy(() ->
              pool.run(
                  10,
                  (item, worker) -> {
                    if (item == 4) {
                      throw new IllegalArgumentException("item 4");
                    }
                  }))
          .isInstanceOf(IllegalStateException.class)
          .hasRootCauseMessage("item 4");
      AtomicInteger done = new AtomicInteger();
      pool.run(10, (item, worker) -> done.incrementAndGet());
      assertThat(done.get()).isEqualTo(10);
    }
  }

  @Test
  void callersTakeTurns() throws InterruptedException {
    try (WorkerPool pool = new WorkerPool(3)) {
      AtomicInteger done = new AtomicInteger();
      Thread[] callers = new Thread[4];
      for (int c = 0; c < callers.length; c++) {
        callers[c] =
            new Thread(() -> {
              for (int i = 0; i < 200; i++) {
                pool.run(5, (item, worker) -> done.incrementAndGet());
              }
            });
        callers[c].start();
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertThat(done.get()).isEqualTo(4 * 200 * 5);
    }
  }

  @Test
  void aClosedPoolSaysSo() {
    WorkerPool pool = new WorkerPool(2);
    pool.close();
    assertThatThrownBy(() -> pool.run(1, (item, worker) -> {})).hasMessageContaining("closed");
    assertThatThrownBy(() -> new WorkerPool(0)).hasMessageContaining("threads 0");
  }
}
