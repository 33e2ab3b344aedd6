package engram.inference.schedule;

import engram.inference.EngineStatus.TenantLoad;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.OverloadedException;
import engram.inference.PromptPlanner;
import engram.inference.ScheduleSettings;
import engram.inference.policy.PrefixReuse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the requests of one model, pass by pass.
///
/// A pass first gives every request that decodes its next tokens, then fills up with pieces of
/// prompts (Agrawal et al., Sarathi-Serve, OSDI 2024: decoding never waits for a long prompt). A
/// request is admitted when there are pages for all of its tokens so far; where pages run out
/// later, prefixes that nobody uses go first, then the request that was admitted last gives its
/// pages up and waits. What goes is computed again, or comes back out of another tier where that is
/// sooner.
///
/// Threads: [#submit] any; [#step] and [#close] one at a time, the engine's.
public final class Scheduler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  /// Tokens for each sequence from which on a pass is one over prompts.
  private static final int READING_TOKENS = 8;

  private final StepModel model;
  private final ScheduleSettings settings;
  private final InstantSource clock;
  private final PrefixTree prefixes;
  private final FairShare shares = new FairShare();
  private final Throughput throughput = new Throughput();

  /// Of passes that read prompts.
  private final Throughput reading = new Throughput();

  private final Tiering tiering;

  private final Intake intake;
  private final List<Job> waiting = new ArrayList<>();
  private final List<Job> running = new ArrayList<>();
  private final Admission admission;
  private final TenantLoads tenants;
  private float[][] logits = new float[0][];
  private int batchTokens;
  private long tokensRead;
  private long tokensWritten;

  /// @param wake called, by any thread, when there may be something to do
  public Scheduler(StepModel model, ScheduleSettings settings, InstantSource clock, Runnable wake) {
    this(model, settings, new PrefixReuse(), clock, wake);
  }

  /// As above.
  ///
  /// @param planner decides what of a prompt is computed, where prefixes are shared at all
  public Scheduler(
      StepModel model,
      ScheduleSettings settings,
      PromptPlanner planner,
      InstantSource clock,
      Runnable wake) {
    this.model = model;
    this.settings = settings;
    this.clock = clock;
    intake = new Intake(model, settings, throughput, wake);
    tiering = new Tiering(model, reading, wake);
    prefixes = new PrefixTree(model.pageTokens(), tiering);
    PromptPlans plans =
        new PromptPlans(settings.sharePrefixes() ? planner : null, prefixes, model.pageTokens());
    admission = new Admission(model, settings, prefixes, plans, tiering, running);
    tenants = new TenantLoads(waiting, running, prefixes);
  }

  /// Takes a request, or refuses it at once.
  ///
  /// @throws OverloadedException if too many wait
  /// @throws IllegalArgumentException if it could never be computed
  public Generation submit(JobRequest request) {
    return submit(request, () -> {});
  }

  /// As above.
  ///
  /// @param onEnd called once when the request has ended, by the engine's thread; must not wait
  public Generation submit(JobRequest request, Runnable onEnd) {
    return intake.submit(request, onEnd);
  }

  /// One pass. False if there was nothing to compute.
  public boolean step() {
    takeArrivals();
    dropEnded();
    admit();
    Batch batch = new BatchPlanner(model, settings, prefixes, shares, running, tiering).plan();
    batch.preempted().forEach(this::putBack);
    batch.starved().forEach(job -> finish(job, FinishReason.LENGTH, "the cache is full"));
    if (batch.slices().isEmpty()) {
      return !batch.preempted().isEmpty() || !batch.starved().isEmpty();
    }
    compute(batch);
    return true;
  }

  private void takeArrivals() {
    for (Job job = intake.poll(); job != null; job = intake.poll()) {
      waiting.add(job);
      shares.enter(job.request.tenant());
    }
  }

  /// Cancelled requests, and those whose time is over, go before anything is computed for them.
  private void dropEnded() {
    for (List<Job> list : List.of(waiting, running)) {
      for (Job job : List.copyOf(list)) {
        var deadline = job.request.deadline();
        if (job.generation.cancelled()) {
          finish(job, FinishReason.CANCELLED, "");
        } else if (deadline != null && !clock.instant().isBefore(deadline)) {
          finish(job, FinishReason.DEADLINE, "the deadline " + deadline + " has passed");
        } else if (pausedTooLong(job)) {
          finish(
              job,
              FinishReason.CANCELLED,
              "nobody read its events for " + settings.patience().toSeconds() + " s");
        }
      }
    }
  }

  private boolean pausedTooLong(Job job) {
    if (job.generation.hasRoom(1 + settings.draftMax())) {
      job.pausedSince = -1;
      return false;
    }
    long now = clock.millis();
    if (job.pausedSince < 0) {
      job.pausedSince = now;
    }
    return now - job.pausedSince > settings.patience().toMillis();
  }

  private void admit() {
    admission.settle();
    Set<Job> later = new HashSet<>();
    while (running.size() < settings.sequencesMax()) {
      Optional<Job> next =
          waiting.stream()
              .filter(job -> job.generation.hasRoom(1 + settings.draftMax()))
              .filter(job -> !later.contains(job))
              .min(
                  Comparator.comparing((Job job) -> job.request.priority())
                      .reversed()
                      .thenComparingDouble(job -> shares.counter(job.request.tenant()))
                      .thenComparingLong(job -> job.number));
      if (next.isEmpty()) {
        return;
      }
      Job job = next.get();
      switch (start(job)) {
        case Admission.Started() -> {
          waiting.remove(job);
          running.add(job);
          intake.began(job);
        }
        // Others may go past: what it waits for comes without them.
        case Admission.Later() -> later.add(job);
        case Admission.Failed(String why) -> finish(job, FinishReason.FAILED, why);
        case Admission.NoRoom(int pages) -> {
          if (!running.isEmpty()) {
            // No smaller one goes past it: else the large would wait for ever.
            return;
          }
          finish(job, FinishReason.FAILED, tooLarge(job, pages));
        }
      }
    }
  }

  private Admission.Outcome start(Job job) {
    try {
      return admission.start(job);
    } catch (RuntimeException e) {
      // A planner or a method of its cache: this request's affair alone.
      LOG.error("a request could not start", e);
      return new Admission.Failed("the request could not start: " + e);
    }
  }

  private String tooLarge(Job job, int pages) {
    return job.length()
        + " tokens need "
        + pages
        + " pages; the cache has "
        + model.pagesTotal()
        + (job.request.companions().isEmpty() ? "" : ", or a companion's too few");
  }

  private void compute(Batch batch) {
    int rows = batch.slices().stream().mapToInt(Slice::rows).sum();
    if (logits.length < rows) {
      int have = logits.length;
      logits = Arrays.copyOf(logits, rows);
      for (int i = have; i < rows; i++) {
        logits[i] = new float[model.vocabulary()];
      }
    }
    long before = System.nanoTime();
    try {
      model.step(batch.slices(), logits);
    } catch (RuntimeException e) {
      LOG.error("a pass over {} sequences failed", batch.slices().size(), e);
      batch.jobs().forEach(job -> finish(job, FinishReason.FAILED, "the model failed: " + e));
      return;
    }
    int row = 0;
    int computed = 0;
    for (int i = 0; i < batch.slices().size(); i++) {
      Slice slice = batch.slices().get(i);
      Job job = batch.jobs().get(i);
      computed += slice.tokens().length;
      shares.charge(job.request.tenant(), slice.tokens().length);
      takeRows(job, slice, row);
      row += slice.rows();
    }
    batchTokens = computed;
    tokensRead += computed;
    long nanos = System.nanoTime() - before;
    throughput.add(computed, nanos);
    // Before the first such pass any will do.
    if (computed >= READING_TOKENS * batch.slices().size() || reading.tokensPerSecond() == 0) {
      reading.add(computed, nanos);
    }
  }

  private void takeRows(Job job, Slice slice, int row) {
    int before = job.length();
    try {
      job.take(slice, logits, row);
    } catch (IllegalStateException | IllegalArgumentException e) {
      // A processor or a row of scores that is no distribution: this request's affair alone.
      finish(job, FinishReason.FAILED, String.valueOf(e.getMessage()));
      return;
    } catch (RuntimeException e) {
      // So is a fault of a processor, whose message says little.
      LOG.error("a request's scores could not be used", e);
      finish(job, FinishReason.FAILED, e.toString());
      return;
    }
    tokensWritten += job.length() - before;
    if (!job.ended() && job.length() >= model.contextWindow()) {
      job.end(FinishReason.LENGTH, "the model's context is full");
    }
    // Once for the prompt and once for all of it: each time costs a walk and a page table.
    if (job.ended() || (!job.prefixKept && job.pending() <= 1)) {
      job.prefixKept = true;
      admission.keepPrefix(job);
    }
    if (job.ended()) {
      running.remove(job);
      job.release();
      shares.leave(job.request.tenant());
    }
  }

  private void putBack(Job job) {
    running.remove(job);
    job.release();
    waiting.add(job);
    intake.waitsAgain(job);
  }

  private void finish(Job job, FinishReason reason, String message) {
    if (waiting.remove(job)) {
      intake.began(job);
    }
    running.remove(job);
    job.end(reason, message);
    job.release();
    shares.leave(job.request.tenant());
  }

  /// When something must be looked at although nothing can be computed: the next deadline, or the
  /// end of a consumer's time to read.
  Duration untilNextCheck() {
    Duration least = Duration.ofHours(1);
    for (List<Job> list : List.of(waiting, running)) {
      for (Job job : list) {
        var deadline = job.request.deadline();
        if (deadline != null) {
          Duration left = Duration.between(clock.instant(), deadline);
          least = left.compareTo(least) < 0 ? left : least;
        }
        if (job.pausedSince >= 0) {
          least = settings.patience().compareTo(least) < 0 ? settings.patience() : least;
        }
      }
    }
    return least.isNegative() ? Duration.ZERO : least;
  }

  /// What the scheduler holds now.
  ///
  /// @param batchTokens computed by the last pass
  /// @param prefixTokens tokens whose keys and values are kept for requests to come
  /// @param tokensPerSecond computed lately; 0 before the first pass
  /// @param tokensRead computed so far
  /// @param tokensWritten drawn so far
  /// @param tenants while passes follow each other, as they were up to a quarter of a second ago
  public record Load(
      int waiting,
      int running,
      int batchTokens,
      int prefixTokens,
      int pagesFree,
      int pagesTotal,
      double tokensPerSecond,
      long tokensRead,
      long tokensWritten,
      List<TenantLoad> tenants) {}

  /// For the engine's thread.
  ///
  /// @param idle nothing is computed before the next look
  public Load load(boolean idle) {
    return new Load(
        intake.waiting(),
        running.size(),
        idle ? 0 : batchTokens,
        prefixes.tokens(),
        model.pagesFree(),
        model.pagesTotal(),
        throughput.tokensPerSecond(),
        tokensRead,
        tokensWritten,
        tenants.look(idle));
  }

  /// Ends all requests after a fault that no one of them can be told to have; those to come are
  /// served.
  void failAll(String why) {
    finishAll(FinishReason.FAILED, why);
  }

  private void finishAll(FinishReason reason, String message) {
    takeArrivals();
    for (List<Job> list : List.of(waiting, running)) {
      List.copyOf(list).forEach(job -> finish(job, reason, message));
    }
  }

  /// Ends all requests as cancelled, and gives up all prefixes. The model stays open.
  @Override
  public void close() {
    intake.close();
    finishAll(FinishReason.CANCELLED, "the engine is closed");
    prefixes.close();
  }
}
