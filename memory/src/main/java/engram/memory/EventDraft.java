package engram.memory;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Something that happened, before it is in the log.
///
/// @param session the conversation that it is part of; events of a session are neighbours
/// @param speaker who says it, by name; empty where the role says enough
/// @param at when it happened, by its own account. There is no default: the time at which something
///   is written down is not the time at which it happened
/// @param key the caller's own name for it: the same key again is the same event. Null for a key
///   made of session, role, speaker, time and text
/// @param call ties a tool's result to the message that called it; null for none
/// @param importance from 0 to 1; [#IMPORTANCE] where nobody says
public record EventDraft(
    String session,
    Role role,
    String speaker,
    Instant at,
    String text,
    @Nullable String key,
    @Nullable String call,
    double importance,
    Map<String, String> attributes) {
  public static final int TEXT_CHARS_MAX = 1 << 20;
  public static final int NAME_CHARS_MAX = 512;
  public static final int ATTRIBUTES_MAX = 32;
  public static final double IMPORTANCE = 0.5;

  /// What PostgreSQL can keep as a time and callers can mean by one.
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  public EventDraft {
    within("session", session, 1, NAME_CHARS_MAX);
    within("speaker", speaker, 0, NAME_CHARS_MAX);
    within("text", text, 1, TEXT_CHARS_MAX);
    if (key != null) {
      within("key", key, 1, NAME_CHARS_MAX);
    }
    if (call != null) {
      within("call", call, 1, NAME_CHARS_MAX);
    }
    if (at.isBefore(EARLIEST) || at.isAfter(LATEST)) {
      throw new IllegalArgumentException(
          "at %s is not in [%s, %s]".formatted(at, EARLIEST, LATEST));
    }
    // As the database keeps it, so that what is read back is equal.
    at = at.truncatedTo(ChronoUnit.MICROS);
    if (!(importance >= 0 && importance <= 1)) {
      throw new IllegalArgumentException("importance " + importance + " is not in [0, 1]");
    }
    if (attributes.size() > ATTRIBUTES_MAX) {
      throw new IllegalArgumentException(
          "%d attributes, at most %d".formatted(attributes.size(), ATTRIBUTES_MAX));
    }
    attributes.forEach((name, value) -> {
      within("attribute's name", name, 1, NAME_CHARS_MAX);
      within("attribute '" + name + "'", value, 0, NAME_CHARS_MAX);
    });
    attributes = Map.copyOf(attributes);
  }

  public static EventDraft of(String session, Role role, String speaker, Instant at, String text) {
    return new EventDraft(session, role, speaker, at, text, null, null, IMPORTANCE, Map.of());
  }

  public EventDraft withKey(String itsKey) {
    return new EventDraft(session, role, speaker, at, text, itsKey, call, importance, attributes);
  }

  public EventDraft withCall(String itsCall) {
    return new EventDraft(session, role, speaker, at, text, key, itsCall, importance, attributes);
  }

  public EventDraft withImportance(double itsImportance) {
    return new EventDraft(session, role, speaker, at, text, key, call, itsImportance, attributes);
  }

  private static void within(String name, String value, int min, int max) {
    if (value.length() < min || value.length() > max) {
      throw new IllegalArgumentException(
          "%s has %d characters, not %d to %d".formatted(name, value.length(), min, max));
    }
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(name + " has a NUL character");
    }
  }
}
