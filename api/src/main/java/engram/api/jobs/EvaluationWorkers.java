package engram.api.jobs;

import engram.eval.Evaluations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// The threads that carry evaluations on. They are apart from [Workers], so that a long run delays
/// neither ingestion nor the index; at the end of the process a run stops after its present query
/// and goes on elsewhere.
@Component
final class EvaluationWorkers implements SmartLifecycle {
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

  private final Evaluations evaluations;
  private final WorkerSettings settings;
  private final int workers;
  private List<Loop> loops = List.of();
  private volatile boolean stopping;

  EvaluationWorkers(
      Evaluations evaluations, WorkerSettings settings, EvaluationWorkerSettings evaluation) {
    this.evaluations = evaluations;
    this.settings = settings;
    this.workers = evaluation.workers();
  }

  @Override
  public synchronized void start() {
    stopping = false;
    String process = UUID.randomUUID().toString();
    List<Loop> started = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      String name = "evaluate-" + worker;
      started.add(
          new Loop(
              name,
              settings.idleMax(),
              () -> evaluations.runNext(process + "/" + name, () -> stopping)));
    }
    started.forEach(Loop::start);
    loops = List.copyOf(started);
  }

  @Override
  public synchronized void stop() {
    stopping = true;
    loops.forEach(Loop::stop);
    try {
      for (Loop loop : loops) {
        if (!loop.join(STOP_PATIENCE)) {
          loop.interrupt();
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    loops = List.of();
  }

  @Override
  public synchronized boolean isRunning() {
    return !loops.isEmpty();
  }
}
