package engram.inference.schedule;

import engram.inference.GenerationEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What a request's consumer holds: its events as they come, and the way to stop it.
///
/// A consumer that does not read pauses its own request once `eventsMax` events wait, and no other.
/// Closing before the end cancels.
///
/// Threads: any; one reader at a time.
public final class Generation implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<GenerationEvent> events = new ArrayDeque<>();
  private final int eventsMax;
  private final Runnable wake;
  private boolean ended;
  private boolean taken;
  private boolean cancelled;

  /// @param wake tells the engine that it may go on with this request, or must drop it
  Generation(int eventsMax, Runnable wake) {
    this.eventsMax = eventsMax;
    this.wake = wake;
  }

  /// The next event; null if none came in time.
  ///
  /// @throws NoSuchElementException after the end
  public @Nullable GenerationEvent next(Duration wait) throws InterruptedException {
    boolean roomAgain;
    GenerationEvent event;
    lock.lockInterruptibly();
    try {
      if (taken) {
        throw new NoSuchElementException("the generation has ended");
      }
      long left = wait.toNanos();
      while (events.isEmpty()) {
        if (left <= 0) {
          return null;
        }
        left = changed.awaitNanos(left);
      }
      roomAgain = events.size() >= eventsMax;
      event = events.removeFirst();
      taken = event instanceof GenerationEvent.End;
    } finally {
      lock.unlock();
    }
    if (roomAgain) {
      wake.run();
    }
    return event;
  }

  /// The next event, however long it takes.
  public GenerationEvent next() throws InterruptedException {
    GenerationEvent event = null;
    while (event == null) {
      event = next(Duration.ofHours(1));
    }
    return event;
  }

  /// Ends the request at the engine's next pass; its pages are free then. What was told stays
  /// readable, the end comes last.
  public void cancel() {
    lock.lock();
    try {
      if (ended || cancelled) {
        return;
      }
      cancelled = true;
    } finally {
      lock.unlock();
    }
    wake.run();
  }

  @Override
  public void close() {
    cancel();
  }

  boolean cancelled() {
    lock.lock();
    try {
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  /// Whether so many more events may wait.
  boolean hasRoom(int more) {
    lock.lock();
    try {
      // A pass may bring more than may wait at all; an empty queue takes any.
      return events.isEmpty() || events.size() + more <= eventsMax;
    } finally {
      lock.unlock();
    }
  }

  void add(GenerationEvent event) {
    lock.lock();
    try {
      if (ended) {
        return;
      }
      events.addLast(event);
      ended = event instanceof GenerationEvent.End;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
