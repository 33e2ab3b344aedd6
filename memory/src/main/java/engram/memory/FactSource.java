package engram.memory;

import java.util.Locale;

/// Who says that something is so, weakest first: where two claims hold at the same time, the
/// stronger source wins, and among equals the one that is about the later time.
public enum FactSource {
  ASSISTANT(0),
  TOOL(1),
  DOCUMENT(2),
  USER(3),
  /// Whoever administers the application.
  OPERATOR(4);

  private final int rank;

  FactSource(int rank) {
    this.rank = rank;
  }

  /// Grows with strength; kept with claims, so a number never changes its meaning.
  public int rank() {
    return rank;
  }

  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// @throws IllegalArgumentException naming what is possible
  public static FactSource of(String text) {
    for (FactSource source : values()) {
      if (source.text().equals(text)) {
        return source;
      }
    }
    throw new IllegalArgumentException(
        "source '%s' is none of assistant, tool, document, user, operator".formatted(text));
  }
}
