package engram.inference;

import java.util.Set;

/// Which cached tokens a query attends to, and at which positions: extension point 1.
///
/// Threads: any; implementations have no state.
public interface AttentionPattern {
  /// The stable name by which settings and reports call it.
  String name();

  default Set<Signal> needs() {
    return Set.of();
  }

  Positions positions();

  /// Spans `[start, end)` of positions that the query at a position sees, flat, ascending, apart,
  /// none of them empty, none beyond the query itself. The definition that plans are held against.
  int[] spans(int query);

  /// The pages that some blocks of queries see, made of [#spans].
  default PagePlan plan(int firstQuery, int queries, int queryBlock, int pageTokens) {
    return PagePlan.of(this::spans, firstQuery, queries, queryBlock, pageTokens);
  }

  /// Where keys and queries stand when they are compared.
  sealed interface Positions {
    /// In the text.
    record True() implements Positions {}

    /// In the cache: entry `i` stands at `i`, whatever was dropped before it. Keys must be stored
    /// before rotation, or be rotated anew.
    record InCache() implements Positions {}

    /// In the text, but no farther apart than this.
    record Capped(int distanceMax) implements Positions {
      public Capped {
        if (distanceMax < 1) {
          throw new IllegalArgumentException("distanceMax " + distanceMax + " < 1");
        }
      }
    }
  }
}
