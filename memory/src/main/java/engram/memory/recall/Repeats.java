package engram.memory.recall;

import engram.memory.consolidate.Covers.Cover;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Which of the ranked events say only what one that is shown says already.
final class Repeats {
  private final Map<Long, Cover> covers = new HashMap<>();
  private final Set<Long> shown = new HashSet<>();
  private final Set<Long> shownByEqual = new HashSet<>();

  void know(Map<Long, Cover> some) {
    covers.putAll(some);
  }

  /// False if what is shown says all that this event says.
  boolean isNew(long seq) {
    Cover cover = covers.get(seq);
    if (cover == null) {
      return !shownByEqual.contains(seq);
    }
    return !shown.contains(cover.by()) && !(cover.same() && shownByEqual.contains(cover.by()));
  }

  void shown(long seq) {
    shown.add(seq);
    Cover cover = covers.get(seq);
    if (cover != null && cover.same()) {
      shownByEqual.add(cover.by());
    }
  }
}
