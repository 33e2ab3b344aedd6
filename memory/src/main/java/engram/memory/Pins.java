package engram.memory;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/// What is always remembered: a pinned event is recalled first whatever the question, and a pinned
/// claim's fact is always shown. Neither fades. Erasure takes what is pinned like everything else.
///
/// Threads: any.
public interface Pins {
  /// Of one user at most: what is always shown leaves no room for what bears on a question.
  int PINS_MAX = 100;

  enum Kind {
    EVENT,
    CLAIM
  }

  record Pin(Kind kind, long number, MemoryScope place, String pinnedBy, Instant pinnedAt) {}

  /// Pinning twice is pinning once.
  ///
  /// @throws engram.retrieval.NotFoundException if there is no such event or claim in the scope
  /// @throws engram.retrieval.RefusedException `too_many_pins`
  Pin pin(MemoryScope scope, Kind kind, long number, String actor);

  /// @return false if it was not pinned
  boolean unpin(MemoryScope scope, Kind kind, long number);

  /// First pinned first.
  List<Pin> pins(MemoryScope scope);

  /// Which of these events are pinned; for what keeps or drops.
  Set<Long> pinnedEvents(MemoryScope scope);
}
