package engram.memory;

import java.time.Instant;

/// Events that belong together: a span of one session's positions.
///
/// @param first position of the first event
/// @param last position of the last one
/// @param boundary why it begins where it does
public record Episode(
    MemoryScope place,
    String session,
    int first,
    int last,
    Instant from,
    Instant to,
    Boundary boundary) {

  /// Why an episode begins.
  public enum Boundary {
    SESSION,
    /// So much time had passed.
    GAP,
    /// The segmenter found that something else begins.
    TOPIC
  }

  public Episode {
    if (first > last) {
      throw new IllegalArgumentException("first %d > last %d".formatted(first, last));
    }
  }
}
