package engram.memory;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// That something is so, as somebody says it.
///
/// Subjects and predicates are compared without regard to case and blanks.
///
/// @param single whether the subject has one value of this predicate at a time, so that a later one
///   ends an earlier one; otherwise each object stands for itself
/// @param validFrom since when it holds; null where nobody says, and then it is known to hold at
///   `eventAt`, and before that only where nothing else is known
/// @param validTo when it ceases to hold; null for no known end
/// @param eventAt when it was said
/// @param evidence where; a claim with evidence stands as long as one piece of it does
public record FactDraft(
    String subject,
    String predicate,
    String object,
    boolean single,
    @Nullable Instant validFrom,
    @Nullable Instant validTo,
    Instant eventAt,
    FactSource source,
    List<Evidence> evidence) {
  public static final int NAME_CHARS_MAX = 256;
  public static final int OBJECT_CHARS_MAX = 8_192;
  public static final int EVIDENCE_MAX = 64;

  /// What PostgreSQL can keep as a time and callers can mean by one.
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  public FactDraft {
    within("subject", subject, NAME_CHARS_MAX);
    within("predicate", predicate, NAME_CHARS_MAX);
    within("object", object, OBJECT_CHARS_MAX);
    sane("validFrom", validFrom);
    sane("validTo", validTo);
    sane("eventAt", eventAt);
    // As the database keeps them: a comparison here and one there must not differ.
    validFrom = validFrom == null ? null : validFrom.truncatedTo(ChronoUnit.MICROS);
    validTo = validTo == null ? null : validTo.truncatedTo(ChronoUnit.MICROS);
    eventAt = eventAt.truncatedTo(ChronoUnit.MICROS);
    if (validFrom != null && validTo != null && !validFrom.isBefore(validTo)) {
      throw new IllegalArgumentException(
          "validFrom %s is not before validTo %s".formatted(validFrom, validTo));
    }
    if (evidence.size() > EVIDENCE_MAX) {
      throw new IllegalArgumentException(
          "%d pieces of evidence, at most %d".formatted(evidence.size(), EVIDENCE_MAX));
    }
    evidence = List.copyOf(evidence);
  }

  private static void sane(String name, @Nullable Instant time) {
    if (time != null && (time.isBefore(EARLIEST) || time.isAfter(LATEST))) {
      throw new IllegalArgumentException(
          "%s %s is not in [%s, %s]".formatted(name, time, EARLIEST, LATEST));
    }
  }

  private static void within(String name, String value, int max) {
    if (value.isBlank() || value.length() > max || value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "%s must have 1 to %d characters, not all blank, without NUL".formatted(name, max));
    }
  }
}
