package engram.inference.schedule;

import engram.inference.ScheduleSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Chooses the slices of one pass, and makes room for them.
///
/// Requests come in order of their right to pages: class, then admission. So whoever must give
/// pages up has no slice yet.
final class BatchPlanner {
  private static final Comparator<Job> BY_RIGHT =
      Comparator.comparing((Job job) -> job.request.priority())
          .reversed()
          .thenComparingLong(job -> job.number);

  private final StepModel model;
  private final ScheduleSettings settings;
  private final PrefixTree prefixes;
  private final FairShare shares;
  private final List<Job> running;
  private final Tiering tiering;

  private final List<Job> jobs = new ArrayList<>();
  private final List<Slice> slices = new ArrayList<>();
  private final List<Job> preempted = new ArrayList<>();
  private final List<Job> starved = new ArrayList<>();
  private int tokensLeft;
  private int rowsLeft;
  private int pagesPromised;

  BatchPlanner(
      StepModel model,
      ScheduleSettings settings,
      PrefixTree prefixes,
      FairShare shares,
      List<Job> running,
      Tiering tiering) {
    this.model = model;
    this.settings = settings;
    this.prefixes = prefixes;
    this.shares = shares;
    this.running = running;
    this.tiering = tiering;
    tokensLeft = settings.tokensPerStep();
    rowsLeft = settings.rowsPerStep();
  }

  Batch plan() {
    List<Job> ready = new ArrayList<>(running);
    ready.removeIf(job -> !job.generation.hasRoom(1 + settings.draftMax()));
    List<Job> decoding = new ArrayList<>(ready);
    decoding.removeIf(job -> job.pending() > 1);
    decoding.sort(BY_RIGHT);
    int others = decoding.size();
    for (Job job : decoding) {
      others--;
      if (!preempted.contains(job)) {
        // Everybody's next token comes before anybody's draft.
        addDecoding(job, tokensLeft - others, rowsLeft - others);
      }
    }
    ready.removeAll(decoding);
    ready.sort(
        Comparator.comparing((Job job) -> job.request.priority())
            .reversed()
            .thenComparingDouble(job -> shares.counter(job.request.tenant()))
            .thenComparingLong(job -> job.number));
    for (Job job : ready) {
      if (tokensLeft > 0 && rowsLeft > 0 && !preempted.contains(job)) {
        addPrompt(job);
      }
    }
    if (slices.isEmpty() && preempted.isEmpty()) {
      // Whoever has the most right could have taken everybody's pages, and it was not enough.
      Stream.concat(decoding.stream(), ready.stream()).min(BY_RIGHT).ifPresent(starved::add);
    }
    return new Batch(jobs, slices, preempted, starved);
  }

  private void addDecoding(Job job, int tokensMost, int rowsMost) {
    // The token that is drawn after the last accepted guess must fit the context too.
    int most = Math.min(tokensMost, Math.max(1, model.contextWindow() - job.length()));
    Slice slice = job.slice(most, settings.draftMax(), rowsMost);
    if (!makeRoom(job, slice.tokens().length, false)) {
      slice = job.slice(1, 0, 1);
      if (!makeRoom(job, 1, true)) {
        return;
      }
    }
    add(job, slice);
  }

  /// As much of the prompt as fits; admission left room for all of it, unless decoding took that.
  private void addPrompt(Job job) {
    // Small enough to fit beside everybody's next token.
    int most = Math.min(settings.tokensPerStep(), settings.rowsPerStep());
    int piece = job.way.piece(job.sequence().length(), Math.max(1, most - settings.sequencesMax()));
    if (piece > 0) {
      if (piece <= Math.min(tokensLeft, rowsLeft) && makeRoom(job, piece, true)) {
        add(job, job.slice(piece, 0, rowsLeft));
      }
      return;
    }
    most = Math.min(tokensLeft, job.pending());
    while (most > 0 && !makeRoom(job, most, most == 1)) {
      most /= 2;
    }
    if (most > 0) {
      add(job, job.slice(most, 0, rowsLeft));
    }
  }

  private void add(Job job, Slice slice) {
    jobs.add(job);
    slices.add(slice);
    tokensLeft -= slice.tokens().length;
    rowsLeft -= slice.rows();
    pagesPromised += job.sequence().pagesToAppend(slice.tokens().length);
  }

  /// Whether there are pages for so many tokens of the job, after unused prefixes have gone, and
  /// where `preempt` says so after others have given theirs up.
  private boolean makeRoom(Job job, int tokens, boolean preempt) {
    while (true) {
      int needed = job.sequence().pagesToAppend(tokens);
      if (model.pagesFree() - pagesPromised >= needed) {
        return true;
      }
      if (prefixes.evictOne()) {
        continue;
      }
      Job victim = preempt ? pagesHeldByOthers(job) : null;
      if (victim == null) {
        return false;
      }
      victim.giveUp(tiering);
      preempted.add(victim);
    }
  }

  /// The job with the least right to its pages, of those that have no slice in this pass and less
  /// right than `job`, or are paused.
  private @Nullable Job pagesHeldByOthers(Job job) {
    Job victim = null;
    for (Job other : running) {
      boolean paused = !other.generation.hasRoom(1 + settings.draftMax());
      boolean lessRight = paused || BY_RIGHT.compare(other, job) > 0;
      if (other != job
          && other.running()
          && other.sequence().length() > 0
          && lessRight
          && !jobs.contains(other)
          && (victim == null || BY_RIGHT.compare(other, victim) > 0)) {
        victim = other;
      }
    }
    return victim;
  }
}
