package engram.inference.schedule;

import engram.inference.ScheduleSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gives requests what they begin with: what they had before, a prefix that others computed, or
/// nothing; and sees that there are pages for all of their tokens so far.
///
/// Threads: the engine's.
final class Admission {
  private final StepModel model;
  private final ScheduleSettings settings;
  private final PrefixTree prefixes;
  private final PromptPlans plans;
  private final Tiering tiering;
  private final List<Job> running;

  /// @param running changed by the scheduler
  Admission(
      StepModel model,
      ScheduleSettings settings,
      PrefixTree prefixes,
      PromptPlans plans,
      Tiering tiering,
      List<Job> running) {
    this.tiering = tiering;
    this.model = model;
    this.settings = settings;
    this.prefixes = prefixes;
    this.plans = plans;
    this.running = running;
  }

  sealed interface Outcome {}

  record Started() implements Outcome {}

  /// What it waits for comes without others having to end: its cache out of a tier, or what another
  /// computes of its beginning.
  record Later() implements Outcome {}

  /// @param pages that it needs
  record NoRoom(int pages) implements Outcome {}

  record Failed(String why) implements Outcome {}

  Outcome start(Job job) {
    Demoted demoted = job.demoted();
    if (demoted != null) {
      // And one for what comes next.
      int needed = demoted.pages() + 1;
      if (!hasRoom(needed, job)) {
        return new NoRoom(needed);
      }
      if (!demoted.fetch()) {
        return new Later();
      }
      CachedSequence own = demoted.restore(null);
      if (own != null) {
        job.goOn(own);
        return new Started();
      }
    }
    return startAnew(job);
  }

  /// Takes up what has come back of prefixes that were in another tier.
  void settle() {
    prefixes.settle(this::hasRoom);
  }

  /// Whether some of a request's beginning is still on its way. It is asked for once: what then has
  /// no room, or was lost, is computed.
  private boolean waitsForTier(Job job) {
    List<Demoted> coming = job.coming;
    if (coming == null) {
      coming =
          settings.sharePrefixes() && job.request.sharesPrefix()
              ? prefixes.fetch(job.request.sharing(), job.tokens(), job.length() - 1, tiering)
              : List.of();
      job.coming = coming;
    }
    return coming.stream().anyMatch(prefixes::fetches);
  }

  private Outcome startAnew(Job job) {
    if (waitsForTier(job)) {
      return new Later();
    }
    PromptPlans.Beginning plan = plans.of(job, computing());
    Job after = plan.after();
    if (after != null) {
      if (after.sequence().length() < plan.afterTokens()) {
        return new Later();
      }
      keepPrefix(after);
      plan = plans.of(job, List.of());
    }
    PrefixTree.@Nullable Match match =
        plan.reused() == 0
            ? null
            : prefixes.longest(job.request.sharing(), job.tokens(), plan.reused());
    CachedSequence sequence = match == null ? model.open(job.request.methods()) : match.sequence();
    boolean started = false;
    try {
      int needed = sequence.pagesToAppend(job.length() - sequence.length());
      started = hasRoom(needed, job);
      if (!started) {
        return new NoRoom(needed);
      }
      job.start(sequence, match == null ? null : match.hold(), plan.skipped());
      return new Started();
    } finally {
      if (!started) {
        sequence.close();
        if (match != null) {
          match.hold().release();
        }
      }
    }
  }

  /// Those whose prompts are on their way, and not paused: whoever waits for them waits not long.
  private List<Job> computing() {
    return running.stream()
        .filter(job -> job.pending() > 1)
        .filter(job -> job.generation.hasRoom(1 + settings.draftMax()))
        .toList();
  }

  private boolean hasRoom(int needed, Job job) {
    return hasRoom(needed) && Companions.fit(job.request.companions(), job.tokensMost(), running);
  }

  /// Whether there are so many pages beside what is promised to those that run; unused prefixes go
  /// for it, least recently used first.
  private boolean hasRoom(int needed) {
    int promised = 0;
    for (Job other : running) {
      promised += other.sequence().pagesToAppend(Math.max(1, other.pending()));
    }
    while (model.pagesFree() - promised < needed && prefixes.evictOne()) {
      // One by one.
    }
    return model.pagesFree() - promised >= needed;
  }

  /// Keeps what a request computed so far for others, if they may have it.
  void keepPrefix(Job job) {
    if (settings.sharePrefixes() && job.request.methods().policy() == null && !job.way.skips()) {
      job.hold(
          prefixes.insert(
              job.request.sharing(), job.tokens(), job.sequence().length(), job.sequence()));
    }
  }
}
