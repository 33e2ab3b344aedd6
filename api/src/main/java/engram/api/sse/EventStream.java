package engram.api.sse;

import engram.api.web.Client;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A response that is written event by event, from the request's own thread.
///
/// Nothing is sent before the first event or heartbeat, so a failure until then still becomes a
/// plain error response with its true status. A second virtual thread sends a comment when nothing
/// else was sent for a while: proxies keep the connection, and a client that has gone is noticed
/// even while the answer takes its time. After that [#cancelled] is true and events go nowhere.
///
/// Threads: events may come from any thread, one at a time.
public final class EventStream implements Client {
  public static final Duration HEARTBEAT = Duration.ofSeconds(10);

  private final HttpServletResponse response;
  private final Duration heartbeat;
  private final ReentrantLock lock = new ReentrantLock();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Runnable> onCancel = new CopyOnWriteArrayList<>();
  private long lastWriteNanos = System.nanoTime();
  private boolean started;
  private volatile boolean cancelled;

  private EventStream(HttpServletResponse response, Duration heartbeat) {
    this.response = response;
    this.heartbeat = heartbeat;
  }

  /// Runs `body` and returns when the stream is over.
  ///
  /// @param failed tells the client, by an event, of a failure that came after the stream had begun
  /// @throws RuntimeException what `body` threw, if nothing was sent before
  public static void serve(
      HttpServletResponse response, Failed failed, Consumer<EventStream> body) {
    serve(response, HEARTBEAT, failed, body);
  }

  static void serve(
      HttpServletResponse response, Duration heartbeat, Failed failed, Consumer<EventStream> body) {
    EventStream stream = new EventStream(response, heartbeat);
    Thread beat = Thread.ofVirtual().name("sse-heartbeat").start(stream::beat);
    try {
      body.accept(stream);
    } catch (RuntimeException e) {
      if (!stream.begun()) {
        throw e;
      }
      if (!stream.cancelled) {
        failed.tell(stream, e);
      }
    } finally {
      stream.closed.countDown();
      join(beat);
    }
  }

  /// What to send when an answer breaks off.
  public interface Failed {
    void tell(EventStream stream, RuntimeException failure);
  }

  /// Sends one event. Does nothing once the client has gone.
  ///
  /// @param name the event's type; null for a plain `data:` event
  /// @param data one line
  public void send(@Nullable String name, String data) {
    write((name == null ? "" : "event: " + name + "\n") + "data: " + data + "\n\n");
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

  private boolean begun() {
    lock.lock();
    try {
      return started;
    } finally {
      lock.unlock();
    }
  }

  private void beat() {
    try {
      while (!closed.await(untilNextBeatNanos(), TimeUnit.NANOSECONDS) && !cancelled) {
        if (untilNextBeatNanos() <= 0) {
          write(": keep-alive\n\n");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private long untilNextBeatNanos() {
    lock.lock();
    try {
      return heartbeat.toNanos() - (System.nanoTime() - lastWriteNanos);
    } finally {
      lock.unlock();
    }
  }

  private void write(String text) {
    boolean lost = false;
    lock.lock();
    try {
      // A heartbeat that waited for the lock while the stream ended must not write after the end.
      if (cancelled || closed.getCount() == 0) {
        return;
      }
      begin();
      OutputStream out = response.getOutputStream();
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
      lastWriteNanos = System.nanoTime();
    } catch (IOException e) {
      cancelled = true;
      lost = true;
    } finally {
      lock.unlock();
    }
    if (lost) {
      for (Runnable action : List.copyOf(onCancel)) {
        if (onCancel.remove(action)) {
          action.run();
        }
      }
    }
  }

  private void begin() {
    if (started) {
      return;
    }
    started = true;
    response.setStatus(HttpServletResponse.SC_OK);
    response.setContentType("text/event-stream;charset=UTF-8");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Accel-Buffering", "no");
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
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
