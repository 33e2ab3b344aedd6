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
  /// none of them empty, none beyond the query itself. Must not change for a position: what was
  /// computed with it is shared between requests. Neighbouring queries whose last spans are of one
  /// length are computed together.
  int[] spans(int query);

  /// Where keys and queries stand when they are compared.
  sealed interface Positions {
    /// In the text.
    record True() implements Positions {}

    /// In the cache: the `i`-th position that a query sees stands at `i`, whatever lies between.
    record InCache() implements Positions {}

    /// In the text, but no farther apart than this; the query itself is at distance 0.
    record Capped(int distanceMax) implements Positions {
      public Capped {
        if (distanceMax < 1) {
          throw new IllegalArgumentException("distanceMax " + distanceMax + " < 1");
        }
      }
    }
  }
}
