package engram.inference.policy;

import engram.inference.PromptPlanner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What the cache has of a prompt's beginning is reused, and what two prompts of a batch begin with
/// is computed by the first of them. After RadixAttention: Zheng et al., SGLang, NeurIPS 2024.
/// Whole pages only; the last token is always computed, as its scores are wanted.
public record PrefixReuse() implements PromptPlanner {
  public static final String NAME = "prefix-reuse";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Plan> plan(List<Prompt> prompts, Catalog catalog) {
    List<Plan> plans = new ArrayList<>(prompts.size());
    for (int i = 0; i < prompts.size(); i++) {
      Prompt prompt = prompts.get(i);
      int last = prompt.tokens().length - 1;
      if (last < 0) {
        throw new IllegalArgumentException("prompt " + i + " has no token");
      }
      int cached =
          wholePages(
              Math.min(last, catalog.cachedPrefix(prompt.scope(), prompt.tokens())), catalog);
      int shared = cached;
      int from = -1;
      for (int j = 0; j < i; j++) {
        int common = wholePages(Math.min(last, common(prompt, prompts.get(j))), catalog);
        if (common > shared) {
          shared = common;
          from = j;
        }
      }
      List<Segment> segments = new ArrayList<>(3);
      if (cached > 0) {
        segments.add(new Segment.Reuse(0, cached));
      }
      if (from >= 0) {
        segments.add(new Segment.ReuseOf(from, cached, shared));
      }
      segments.add(new Segment.Compute(shared, last + 1));
      plans.add(new Plan(segments));
    }
    return plans;
  }

  private static int common(Prompt one, Prompt other) {
    if (!one.scope().equals(other.scope())) {
      return 0;
    }
    int mismatch = Arrays.mismatch(one.tokens(), other.tokens());
    return mismatch < 0 ? one.tokens().length : mismatch;
  }

  private static int wholePages(int tokens, Catalog catalog) {
    return tokens / catalog.pageTokens() * catalog.pageTokens();
  }
}
