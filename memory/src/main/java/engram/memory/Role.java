package engram.memory;

import java.util.Locale;

/// Where the text of an event comes from.
public enum Role {
  USER,
  ASSISTANT,
  SYSTEM,
  TOOL,
  /// Memories that were shown to a model. Kept in the log for its order, never evidence and never
  /// recalled: what a system read about itself is no news.
  RECALLED;

  /// As the database and the API write it.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// @throws IllegalArgumentException naming what is possible
  public static Role of(String text) {
    for (Role role : values()) {
      if (role.text().equals(text)) {
        return role;
      }
    }
    throw new IllegalArgumentException(
        "role '%s' is none of user, assistant, system, tool, recalled".formatted(text));
  }
}
