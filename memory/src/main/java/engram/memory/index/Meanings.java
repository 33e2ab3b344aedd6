package engram.memory.index;

import engram.memory.TextVectors;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Vectors of texts where they can be had in time. Whoever asks goes on without them otherwise: a
/// model that fails or hangs holds up neither the index nor a recall. After a failure it is left
/// alone for a while.
///
/// Threads: any.
public final class Meanings {
  private static final Logger LOG = LoggerFactory.getLogger(Meanings.class);
  private static final int AT_ONCE = 4;

  private final TextVectors vectors;
  private final Duration patience;
  private final Duration pause;
  private final Semaphore atOnce = new Semaphore(AT_ONCE);
  private final AtomicLong quietUntil = new AtomicLong(System.nanoTime());

  /// @param patience with one call
  /// @param pause after a failure, in which nothing is asked
  public Meanings(TextVectors vectors, Duration patience, Duration pause) {
    this.vectors = vectors;
    this.patience = patience;
    this.pause = pause;
  }

  public String name() {
    return vectors.name();
  }

  /// Whether it makes sense to ask now.
  public boolean isAwake() {
    return System.nanoTime() - quietUntil.get() >= 0;
  }

  /// One vector per text; empty if they cannot be had.
  public Optional<List<float[]>> of(List<String> texts) {
    if (!isAwake() || !atOnce.tryAcquire()) {
      return Optional.empty();
    }
    FutureTask<List<float[]>> asked = new FutureTask<>(() -> vectors.of(texts));
    // The permit is the call's, not the waiter's: a model that hangs is not called without end.
    Thread.ofVirtual()
        .name("memory-vectors")
        .start(() -> {
          try {
            asked.run();
          } finally {
            atOnce.release();
          }
        });
    try {
      List<float[]> found = asked.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      if (found.size() == texts.size() && found.stream().allMatch(Meanings::isDirection)) {
        return Optional.of(found);
      }
      failed("it gave " + found.size() + " vectors for " + texts.size() + " texts, or empty ones");
    } catch (ExecutionException failure) {
      failed(String.valueOf(failure.getCause()));
    } catch (TimeoutException late) {
      failed("no answer within " + patience.toMillis() + " ms");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return Optional.empty();
  }

  /// Cosine needs a direction.
  private static boolean isDirection(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    return squares > 0 && Double.isFinite(squares);
  }

  private void failed(String reason) {
    quietUntil.set(System.nanoTime() + pause.toNanos());
    LOG.warn(
        "Memories go without vectors of {} for {} s: {}",
        vectors.name(),
        pause.toSeconds(),
        reason);
  }
}
