package engram.inference.schedule;

import engram.inference.Generation;
import engram.inference.KvPolicy;
import engram.inference.KvView;
import engram.inference.OverloadedException;
import engram.inference.PromptTooLongException;
import engram.inference.ScheduleSettings;
import engram.inference.Signal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Where requests come in: takes them or refuses them at once, and counts those that wait.
///
/// Threads: any.
final class Intake {
  private static final Duration RETRY_MIN = Duration.ofSeconds(1);
  private static final Duration RETRY_MAX = Duration.ofMinutes(5);

  private final StepModel model;
  private final ScheduleSettings settings;
  private final Throughput throughput;
  private final Runnable wake;
  private final AtomicLong numbers = new AtomicLong();
  private final Queue<Job> arrivals = new ArrayDeque<>();
  private final Map<String, Integer> waitingByTenant = new HashMap<>();
  private int waitingCount;
  private long waitingTokens;
  private boolean closed;

  /// @param throughput tells those who are refused when to come back
  /// @param wake called, by any thread, when there may be something to do
  Intake(StepModel model, ScheduleSettings settings, Throughput throughput, Runnable wake) {
    this.model = model;
    this.settings = settings;
    this.throughput = throughput;
    this.wake = wake;
  }

  /// As [Scheduler#submit].
  Generation submit(JobRequest request, Runnable onEnd) {
    requirePossible(request);
    EventQueue generation = new EventQueue(settings.eventsMax(), wake, onEnd);
    Job job = new Job(request, generation, numbers.getAndIncrement());
    synchronized (this) {
      requireOpenAndRoom(request.tenant());
      waits(job);
      arrivals.add(job);
    }
    wake.run();
    return generation;
  }

  private void requireOpenAndRoom(String tenant) {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
    int ofTenant = waitingByTenant.getOrDefault(tenant, 0);
    if (ofTenant >= settings.waitingPerTenantMax()) {
      throw overloaded(
          OverloadedException.Scope.TENANT,
          ofTenant + " requests of this tenant wait, " + settings.waitingPerTenantMax() + " may");
    }
    if (waitingCount >= settings.waitingMax()) {
      throw overloaded(
          OverloadedException.Scope.ENGINE,
          waitingCount + " requests wait, " + settings.waitingMax() + " may");
    }
  }

  private void waits(Job job) {
    waitingByTenant.merge(job.request.tenant(), 1, Integer::sum);
    waitingCount++;
    waitingTokens += job.request.prompt().length;
  }

  /// The next one that came; null if none did.
  synchronized @Nullable Job poll() {
    return arrivals.poll();
  }

  /// It waits no more.
  synchronized void began(Job job) {
    waitingByTenant.computeIfPresent(
        job.request.tenant(), (tenant, count) -> count == 1 ? null : count - 1);
    waitingCount--;
    waitingTokens -= job.request.prompt().length;
  }

  /// It gave its pages up.
  synchronized void waitsAgain(Job job) {
    waits(job);
  }

  synchronized int waiting() {
    return waitingCount;
  }

  /// Takes no more.
  synchronized void close() {
    closed = true;
  }

  private void requirePossible(JobRequest request) {
    int prompt = request.prompt().length;
    if (prompt + Math.min(1, request.maxTokens()) > model.contextWindow()) {
      throw new PromptTooLongException(prompt, model.contextWindow());
    }
    for (int token : request.prompt()) {
      if (token < 0 || token >= model.vocabulary()) {
        throw new IllegalArgumentException(
            "the prompt has token " + token + "; the vocabulary is " + model.vocabulary());
      }
    }
    KvPolicy policy = request.methods().policy();
    if (policy != null) {
      if (!model.signals().containsAll(policy.needs())) {
        throw new IllegalArgumentException(
            "%s needs %s; this model gives %s"
                .formatted(policy.name(), policy.needs(), model.signals()));
      }
      if (request.methods().pattern() != null
          && (policy.needs().contains(Signal.COLSUM_W)
              || policy.needs().contains(Signal.COLSUM_ALL))) {
        throw new IllegalArgumentException(
            "%s measures what queries give to all tokens; %s hides some of them"
                .formatted(policy.name(), request.methods().pattern().name()));
      }
      // An empty cache: only the budget is looked at.
      policy.keep(KvView.EMPTY, request.methods().budgetTokens());
    }
    for (int token : request.sampling().logitBias().keySet()) {
      if (token >= model.vocabulary()) {
        throw new IllegalArgumentException(
            "logitBias has token " + token + "; the vocabulary is " + model.vocabulary());
      }
    }
  }

  private OverloadedException overloaded(OverloadedException.Scope scope, String why) {
    Duration retry = throughput.timeFor(waitingTokens);
    retry = retry.compareTo(RETRY_MIN) < 0 ? RETRY_MIN : retry;
    return new OverloadedException(scope, why, retry.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : retry);
  }
}
