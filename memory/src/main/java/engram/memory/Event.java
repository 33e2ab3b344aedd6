package engram.memory;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Something that happened, as the log keeps it. It never changes; it can only be forgotten.
///
/// @param seq its number in its tenant's log, from 1. Numbers become visible in order
/// @param position its number in its session, from 0. Forgetting leaves a gap
/// @param at when it happened
/// @param recordedAt when it was written down
public record Event(
    long seq,
    MemoryScope place,
    String session,
    int position,
    Role role,
    String speaker,
    Instant at,
    String text,
    @Nullable String call,
    double importance,
    Map<String, String> attributes,
    Instant recordedAt) {
  public Event {
    attributes = Map.copyOf(attributes);
  }
}
