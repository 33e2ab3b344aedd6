package engram.inference.schedule;

import engram.inference.Generation;
import engram.inference.ScheduleSettings;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread that runs one model's passes, and sleeps while there are none.
///
/// Threads: any.
public final class EngineThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineThread.class);

  private final StepModel model;
  private final Scheduler scheduler;
  private final Thread thread;
  private volatile boolean closing;
  private volatile Scheduler.Load load;

  /// Owns the model: it is closed with this.
  public EngineThread(String name, StepModel model, ScheduleSettings settings) {
    this.model = model;
    scheduler = new Scheduler(model, settings, InstantSource.system(), this::wake);
    load = scheduler.load(true);
    thread = Thread.ofPlatform().name("engine " + name).daemon().unstarted(this::run);
    thread.start();
  }

  /// As [Scheduler#submit].
  public Generation submit(JobRequest request, Runnable onEnd) {
    return scheduler.submit(request, onEnd);
  }

  /// As it was after the last pass.
  public Scheduler.Load load() {
    return load;
  }

  private void wake() {
    LockSupport.unpark(thread);
  }

  private void run() {
    try {
      while (!closing) {
        boolean worked = step();
        load = scheduler.load(!worked);
        if (!worked && !closing) {
          LockSupport.parkNanos(this, Math.max(1_000_000, scheduler.untilNextCheck().toNanos()));
        }
      }
    } finally {
      scheduler.close();
      model.close();
    }
  }

  /// A fault ends the requests that are here, not the model: nobody would start its thread again.
  private boolean step() {
    try {
      return scheduler.step();
    } catch (RuntimeException e) {
      LOG.error("a pass could not be made; its requests end", e);
      scheduler.failAll("the engine failed: " + e);
      return true;
    }
  }

  /// Ends all requests as cancelled, and returns when the model is closed.
  @Override
  public void close() {
    closing = true;
    wake();
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
