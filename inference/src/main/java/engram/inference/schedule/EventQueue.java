package engram.inference.schedule;

import engram.inference.Generation;
import engram.inference.GenerationEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The events of one request on their way from the engine's thread to its consumer.
final class EventQueue implements Generation {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<GenerationEvent> events = new ArrayDeque<>();
  private final int eventsMax;
  private final Runnable wake;
  private final Runnable onEnd;
  private boolean ended;
  private boolean taken;

  /// The engine found no room, and wants to be told when there is some.
  private boolean awaited;

  private boolean cancelled;

  /// @param wake tells the engine that it may go on with this request, or must drop it
  /// @param onEnd called once, with the last event
  EventQueue(int eventsMax, Runnable wake, Runnable onEnd) {
    this.eventsMax = eventsMax;
    this.wake = wake;
    this.onEnd = onEnd;
  }

  @Override
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
      event = events.removeFirst();
      roomAgain = awaited;
      awaited = false;
      taken = event instanceof GenerationEvent.End;
    } finally {
      lock.unlock();
    }
    if (roomAgain) {
      wake.run();
    }
    return event;
  }

  @Override
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
      boolean room = events.isEmpty() || events.size() + more <= eventsMax;
      awaited |= !room;
      return room;
    } finally {
      lock.unlock();
    }
  }

  void add(GenerationEvent event) {
    if (event instanceof GenerationEvent.End) {
      // Before anybody can know: who reads the end may count on what it set free.
      onEnd.run();
    }
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
