package engram.inference.schedule;

import engram.inference.PromptPlanner;
import engram.inference.PromptPlanner.Catalog;
import engram.inference.PromptPlanner.Plan;
import engram.inference.PromptPlanner.Prompt;
import engram.inference.PromptPlanner.Segment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks the planner what of a prompt is computed, beside the prompts that are being computed now.
///
/// Threads: the engine's.
final class PromptPlans {
  private final @Nullable PromptPlanner planner;
  private final PrefixTree prefixes;
  private final int pageTokens;

  /// @param planner null where all of every prompt is computed
  PromptPlans(@Nullable PromptPlanner planner, PrefixTree prefixes, int pageTokens) {
    this.planner = planner;
    this.prefixes = prefixes;
    this.pageTokens = pageTokens;
  }

  /// How a request begins.
  ///
  /// @param reused tokens of its beginning that the cache has
  /// @param after computes more of its beginning, as far as `afterTokens`; null if nobody does
  /// @param skipped spans `[start, end)` that are left out, flat, ascending
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Beginning(int reused, @Nullable Job after, int afterTokens, int[] skipped) {
    static final Beginning ALL = new Beginning(0, null, 0, new int[0]);
  }

  /// @param computing whose prompts are being computed
  Beginning of(Job job, List<Job> computing) {
    boolean shares = job.request.sharesPrefix();
    if (planner == null || !(shares || job.request.maySkip())) {
      return Beginning.ALL;
    }
    List<Job> others = new ArrayList<>();
    List<Prompt> prompts = new ArrayList<>();
    for (Job other : computing) {
      if (shares
          && other.request.sharesPrefix()
          && !other.way.skips()
          && other.request.sharing().equals(job.request.sharing())
          && other.request.priority().compareTo(job.request.priority()) >= 0) {
        others.add(other);
        prompts.add(new Prompt(other.request.scope(), other.request.prompt()));
      }
    }
    prompts.add(new Prompt(job.request.scope(), job.request.prompt()));
    Plan plan = planner.plan(prompts, catalog(job, shares)).getLast();
    if (plan.segments().getLast().end() != job.request.prompt().length) {
      throw new IllegalStateException(
          "%s plans %d tokens of %d"
              .formatted(
                  planner.name(), plan.segments().getLast().end(), job.request.prompt().length));
    }
    return beginning(plan, others, job.request.maySkip());
  }

  private Catalog catalog(Job job, boolean shares) {
    return new Catalog() {
      @Override
      public int cachedPrefix(String scope, int[] tokens) {
        return shares ? prefixes.known(job.request.sharing(), tokens, tokens.length - 1) : 0;
      }

      @Override
      public int pageTokens() {
        return pageTokens;
      }
    };
  }

  private static Beginning beginning(Plan plan, List<Job> others, boolean maySkip) {
    int reused = 0;
    Job after = null;
    int afterTokens = 0;
    List<Integer> skipped = new ArrayList<>();
    boolean begins = true;
    for (Segment segment : plan.segments()) {
      switch (segment) {
        // What does not begin the text stands on what was computed before it: computed anew.
        case Segment.Reuse(int start, int end) -> reused = begins && start == reused ? end : reused;
        case Segment.ReuseOf(int from, int start, int end) -> {
          if (begins && after == null && start == reused) {
            after = others.get(from);
            afterTokens = end;
          }
        }
        case Segment.Skip(int start, int end) -> {
          if (maySkip) {
            skipped.add(start);
            skipped.add(end);
          }
          begins = false;
        }
        case Segment.Compute _ -> begins = false;
      }
    }
    return new Beginning(
        reused, after, afterTokens, skipped.stream().mapToInt(Integer::intValue).toArray());
  }
}
