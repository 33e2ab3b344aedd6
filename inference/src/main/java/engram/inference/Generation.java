package engram.inference;

import java.time.Duration;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// What a request's consumer holds: its events as they come, and the way to stop it.
///
/// A consumer that does not read pauses its own request once many events wait, and no other.
/// Closing before the end cancels.
///
/// Threads: any; one reader at a time.
public interface Generation extends AutoCloseable {
  /// The next event; null if none came in time.
  ///
  /// @throws NoSuchElementException after the end
  @Nullable GenerationEvent next(Duration wait) throws InterruptedException;

  /// The next event, however long it takes.
  default GenerationEvent next() throws InterruptedException {
    GenerationEvent event = null;
    while (event == null) {
      event = next(Duration.ofHours(1));
    }
    return event;
  }

  /// Ends the request before the engine's next pass; its pages are free then. What was told stays
  /// readable, the end comes last.
  void cancel();

  @Override
  default void close() {
    cancel();
  }
}
