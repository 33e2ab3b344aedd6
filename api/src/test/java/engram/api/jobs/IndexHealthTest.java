package engram.api.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Indexing;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;

class IndexHealthTest {
  private final Behind index = new Behind();
  private final IndexHealth health = new IndexHealth(index);

  @Test
  void anEmptyIndexOfAFullDatabaseIsNotReady() {
    index.at(0, 12);
    assertThat(status()).isEqualTo(Status.OUT_OF_SERVICE);
  }

  @Test
  void anIndexFarBehindIsNotReadyUntilItHasCaughtUp() {
    index.at(500, 500_000);
    assertThat(status()).isEqualTo(Status.OUT_OF_SERVICE);
    index.at(499_500, 500_000);
    assertThat(status()).isEqualTo(Status.UP);
    index.at(499_500, 900_000);
    assertThat(status()).as("once caught up").isEqualTo(Status.UP);
  }

  @Test
  void anIndexOfAnEmptyDatabaseIsReady() {
    index.at(0, 0);
    assertThat(status()).isEqualTo(Status.UP);
  }

  private Status status() {
    return health.health().getStatus();
  }

  /// Only its state is asked for.
  private static final class Behind implements Indexing {
    private State state = new State(0, 0, 0, 0, 0, 0, false);

    void at(long applied, long head) {
      state = new State(applied, head, head - applied, 0, 0, 0, false);
    }

    @Override
    public State state() {
      return state;
    }

    @Override
    public boolean applyNext() {
      return false;
    }

    @Override
    public void awaitSignal(Duration timeout) {}

    @Override
    public void signal() {}

    @Override
    public void commit() {}

    @Override
    public long prune(long kept) {
      return 0;
    }

    @Override
    public long appliedSeq() {
      return state.appliedSeq();
    }

    @Override
    public boolean awaitApplied(long seq, Duration timeout) {
      return appliedSeq() >= seq;
    }

    @Override
    public void rebuild(Consumer<Progress> progress) {}
  }
}
