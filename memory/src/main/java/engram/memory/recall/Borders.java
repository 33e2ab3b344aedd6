package engram.memory.recall;

import engram.memory.index.EventSearch.Spot;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Which episode a spot lies in.
///
/// @param starts for each session, by its name in the index, where episodes begin and which
record Borders(Map<Long, NavigableMap<Integer, Long>> starts) {
  /// No episode is known, as for what was said a moment ago.
  static final long NONE = -1;

  /// Sessions are whole.
  static final Borders ABSENT = new Borders(Map.of());

  private static final NavigableMap<Integer, Long> WHOLE = new TreeMap<>();

  /// Its number, or [#NONE].
  long at(Spot spot) {
    var episode = starts.getOrDefault(spot.session(), WHOLE).floorEntry(spot.position());
    return episode == null ? NONE : episode.getValue();
  }
}
