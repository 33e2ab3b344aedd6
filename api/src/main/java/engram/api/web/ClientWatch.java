package engram.api.web;

import engram.retrieval.ModelException;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A client that waits for a whole answer. Nothing is written to it meanwhile, so its leaving is
/// noticed by looking at its connection now and then, in a thread of its own.
///
/// Threads: any.
public final class ClientWatch implements Client {
  private static final Duration LOOK = Duration.ofMillis(500);

  private final CountDownLatch done = new CountDownLatch(1);
  private final List<Runnable> onCancel = new CopyOnWriteArrayList<>();
  private volatile boolean cancelled;

  private ClientWatch() {}

  /// Works on an answer while its client is watched.
  ///
  /// @throws ModelException if the client has gone: what was made is not whole, and must not be
  ///   kept as if it were
  public static <T> T during(HttpServletRequest request, Function<Client, T> work) {
    var watch = new ClientWatch();
    Connection connection = ConnectionValve.of(request);
    Thread looking =
        connection == null
            ? null
            : Thread.ofVirtual().name("client-watch").start(() -> watch.look(connection));
    T made;
    try {
      made = work.apply(watch);
    } finally {
      watch.done.countDown();
      // The connection is the container's again, and must not be looked at any more.
      join(looking);
    }
    if (watch.cancelled) {
      throw new ModelException("model_cancelled", "The client went away.");
    }
    return made;
  }

  @Override
  public boolean cancelled() {
    return cancelled;
  }

  @Override
  public void onCancel(Runnable action) {
    onCancel.add(action);
    if (cancelled && onCancel.remove(action)) {
      action.run();
    }
  }

  private void look(Connection connection) {
    try {
      while (!done.await(LOOK.toNanos(), TimeUnit.NANOSECONDS)) {
        if (connection.gone()) {
          cancelled = true;
          for (Runnable action : List.copyOf(onCancel)) {
            if (onCancel.remove(action)) {
              action.run();
            }
          }
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void join(@Nullable Thread thread) {
    boolean interrupted = false;
    while (thread != null && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
