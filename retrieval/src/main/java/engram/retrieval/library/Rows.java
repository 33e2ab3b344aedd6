package engram.retrieval.library;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// What rows of all tables have in common: how ids look, and how times are kept.
final class Rows {
  static final int ID_CHARS = 32;
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final SecureRandom RANDOM = new SecureRandom();

  private Rows() {}

  /// 165 random bits: nobody guesses one, and two never meet.
  static String id(String prefix) {
    StringBuilder id = new StringBuilder(prefix.length() + ID_CHARS).append(prefix);
    for (int i = 0; i < ID_CHARS; i++) {
      id.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
    }
    return id.toString();
  }

  /// PostgreSQL keeps microseconds; a finer time would change when it is read back, and paging
  /// compares times exactly.
  static Instant now(Clock clock) {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
