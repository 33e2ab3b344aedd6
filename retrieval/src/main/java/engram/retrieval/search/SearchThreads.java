package engram.retrieval.search;

import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The arithmetic of searches, one thread per core.
///
/// Requests are served by virtual threads, which nothing takes off a core while they compute: a few
/// long searches would hold up all that only waits for a model, a database or a client, and each
/// wait on the way through a request would queue behind them anew. Here they share the cores by the
/// system's time slices with everything else.
///
/// Threads: any.
final class SearchThreads {
  /// More than any server lets in at once; beyond, callers do their own work.
  private static final int WAITING_MAX = 10_000;

  private static final long IDLE_SECONDS = 30;

  private final ThreadPoolExecutor threads;

  /// A piece of a search; no piece waits for another.
  interface Piece<T> {
    T run() throws IOException;
  }

  SearchThreads() {
    int cores = Runtime.getRuntime().availableProcessors();
    threads =
        new ThreadPoolExecutor(
            cores,
            cores,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().name("search-", 0).daemon().factory(),
            new ThreadPoolExecutor.CallerRunsPolicy());
    threads.allowCoreThreadTimeOut(true); // so nobody has to close it
  }

  /// Runs it and waits for its end, whatever interrupts: what it reads must stay open for as long.
  /// Its bound of time is the searcher's.
  <T> T call(Piece<T> piece) throws IOException {
    FutureTask<T> task = new FutureTask<>(piece::run);
    threads.execute(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException later) {
          interrupted = true;
        }
      }
    } catch (ExecutionException failed) {
      throw rethrown(failed.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static IOException rethrown(@Nullable Throwable cause) {
    if (cause instanceof RuntimeException failure) {
      throw failure;
    }
    if (cause instanceof Error failure) {
      throw failure;
    }
    return cause instanceof IOException failure ? failure : new IOException(cause);
  }
}
