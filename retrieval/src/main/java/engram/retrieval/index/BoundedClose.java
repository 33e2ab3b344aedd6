package engram.retrieval.index;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Closes what may take longer to close than a server may take to stop.
///
/// A merge of Lucene's looks whether it is still wanted when it writes, but not while it makes a
/// graph of vectors, which takes minutes for some hundred thousand.
final class BoundedClose {
  private BoundedClose() {}

  /// @param most to wait; what has not ended by then goes on in a thread that keeps no process
  ///   alive
  /// @return whether it has ended
  static boolean close(Closeable what, Duration most) throws IOException {
    FutureTask<Void> closing =
        new FutureTask<>(() -> {
          what.close();
          return null;
        });
    Thread.ofPlatform().daemon().name("index-close").start(closing);
    try {
      closing.get(most.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    }
  }
}
