package engram.inference.kernel;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A fixed set of threads that share out the items of one piece of work, the caller among them.
///
/// Items are claimed one by one, so a thread that the system does not schedule holds up nothing but
/// an item that it has begun: where cores are shared with other processes the caller does the rest.
/// An idle thread spins for a moment (the next layer's work usually comes at once) and then parks;
/// spinning barriers fell below the speed of one thread on shared cores (llama.cpp with two OpenMP
/// threads: 300 to 550 ms a token for 24).
///
/// Threads: any; callers take turns. Allocates nothing in [#run]. Tasks must not call [#run].
public final class WorkerPool implements AutoCloseable {
  private static final long SPIN_NANOS = 30_000;
  private static final int TURNS_BETWEEN_CLOCKS = 16;

  /// What is done with an item; must not throw but for errors of the program.
  @FunctionalInterface
  public interface Task {
    /// @param worker which of the threads this is, `0..threads-1`; the caller's is 0
    void run(int item, int worker);
  }

  private final ReentrantLock oneAtATime = new ReentrantLock();
  private final Worker[] workers;

  // Round number in the high half, next item in the low one: a thread that wakes late can not
  // take an item of a later round with an earlier round's task.
  private final AtomicLong next = new AtomicLong();
  private final AtomicLong finished = new AtomicLong();
  private volatile int round;
  private volatile int items;
  private volatile @Nullable Task task;
  private volatile @Nullable Throwable failure;
  private volatile @Nullable Thread waiting;
  private volatile boolean closed;

  /// @param threads threads that work, the caller's included
  public WorkerPool(int threads) {
    if (threads < 1 || threads > 1024) {
      throw new IllegalArgumentException("threads " + threads + " not in 1..1024");
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].start();
    }
  }

  /// As many threads as this process may use cores.
  public static WorkerPool forThisMachine() {
    return new WorkerPool(Runtime.getRuntime().availableProcessors());
  }

  public int threads() {
    return workers.length + 1;
  }

  /// Runs `task` for each of `0..count-1`, in any order on any of the threads; returns when all are
  /// done. What a task wrote is visible to the caller.
  ///
  /// @throws IllegalStateException if closed, or if a task threw (as its cause)
  public void run(int count, Task task) {
    if (count <= 0) {
      return;
    }
    oneAtATime.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the worker pool is closed");
      }
      failure = null;
      if (workers.length == 0 || count == 1) {
        for (int i = 0; i < count; i++) {
          task.run(i, 0);
        }
        return;
      }
      int current = begin(count, task);
      work(current, count, task, 0);
      awaitFinished(count);
      this.task = null;
      Throwable thrown = failure;
      if (thrown != null) {
        throw new IllegalStateException("a kernel task failed", thrown);
      }
    } finally {
      oneAtATime.unlock();
    }
  }

  private int begin(int count, Task task) {
    int current = round + 1;
    // First the ticket, which ends the last round for late threads; the round last: whoever sees
    // it sees the rest.
    next.set((long) current << 32);
    this.task = task;
    items = count;
    finished.set(0);
    round = current;
    int wanted = Math.min(workers.length, count - 1);
    for (int i = 0; i < wanted; i++) {
      Worker worker = workers[i];
      if (worker.parked) {
        LockSupport.unpark(worker);
      }
    }
    return current;
  }

  private void work(int current, int count, Task task, int worker) {
    while (true) {
      long ticket = next.get();
      int item = (int) ticket;
      if ((int) (ticket >>> 32) != current || item >= count) {
        return;
      }
      if (!next.compareAndSet(ticket, ticket + 1)) {
        continue;
      }
      try {
        task.run(item, worker);
      } catch (RuntimeException | Error e) {
        failure = e;
      }
      if (finished.incrementAndGet() == count) {
        Thread caller = waiting;
        if (caller != null) {
          LockSupport.unpark(caller);
        }
      }
    }
  }

  private void awaitFinished(int count) {
    long deadline = System.nanoTime() + SPIN_NANOS;
    for (int turn = 1; finished.get() < count; turn++) {
      Thread.onSpinWait();
      if (turn % TURNS_BETWEEN_CLOCKS == 0 && System.nanoTime() - deadline > 0) {
        break;
      }
    }
    if (finished.get() >= count) {
      return;
    }
    boolean interrupted = false;
    waiting = Thread.currentThread();
    while (finished.get() < count) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted();
    }
    waiting = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the threads; waits for work that runs.
  @Override
  public void close() {
    oneAtATime.lock();
    try {
      closed = true;
      for (Worker worker : workers) {
        LockSupport.unpark(worker);
      }
    } finally {
      oneAtATime.unlock();
    }
  }

  private final class Worker extends Thread {
    private final int index;
    private volatile boolean parked;

    Worker(int index) {
      super("engram-kernel-" + index);
      this.index = index;
      setDaemon(true);
    }

    @Override
    public void run() {
      int seen = 0;
      while (!closed) {
        int current = round;
        if (current == seen) {
          awaitRound(seen);
          continue;
        }
        seen = current;
        Task mine = task;
        int count = items;
        // Between the two reads a new round may have begun; then no ticket fits and we look again.
        if (mine != null && round == current) {
          work(current, count, mine, index);
        }
      }
    }

    private void awaitRound(int seen) {
      long deadline = System.nanoTime() + SPIN_NANOS;
      for (int turn = 1; round == seen && !closed; turn++) {
        Thread.onSpinWait();
        if (turn % TURNS_BETWEEN_CLOCKS == 0 && System.nanoTime() - deadline > 0) {
          break;
        }
      }
      parked = true;
      while (round == seen && !closed) {
        LockSupport.park(WorkerPool.this);
      }
      parked = false;
    }
  }
}
