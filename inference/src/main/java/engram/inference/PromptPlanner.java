package engram.inference;

import java.util.List;
import java.util.Set;

/// What of some prompts is computed, what is reused, and what is skipped: extension point 5.
///
/// Threads: the engine's.
public interface PromptPlanner {
  /// The stable name by which settings and reports call it.
  String name();

  default Set<Signal> needs() {
    return Set.of();
  }

  /// One plan for each prompt, in their order.
  List<Plan> plan(List<Prompt> prompts, Catalog catalog);

  /// @param scope whose cached prefixes it may use
  @SuppressWarnings("ArrayRecordComponent") // never compared; prompts may be long
  record Prompt(String scope, int[] tokens) {}

  /// What the cache knows.
  interface Catalog {
    /// Tokens of a prompt's beginning that are cached.
    int cachedPrefix(String scope, int[] tokens);

    /// Tokens of a page: prefixes are shared in whole pages.
    int pageTokens();
  }

  /// Segments that cover a prompt, in order; the last one is computed, as its last token's scores
  /// are wanted.
  record Plan(List<Segment> segments) {
    public Plan {
      segments = List.copyOf(segments);
      int at = 0;
      for (Segment segment : segments) {
        if (segment.start() != at || segment.end() <= at) {
          throw new IllegalArgumentException("a plan's segments have a gap at " + at);
        }
        at = segment.end();
      }
      if (segments.isEmpty() || !(segments.getLast() instanceof Segment.Compute)) {
        throw new IllegalArgumentException("a plan does not end with what is computed");
      }
    }
  }

  /// A span `[start, end)` of a prompt.
  sealed interface Segment {
    int start();

    int end();

    record Compute(int start, int end) implements Segment {}

    /// Taken from the cache, at its own place.
    record Reuse(int start, int end) implements Segment {}

    /// Taken from what prompt `from` of the same batch computes, once it has.
    record ReuseOf(int from, int start, int end) implements Segment {}

    /// Left out.
    record Skip(int start, int end) implements Segment {}
  }
}
