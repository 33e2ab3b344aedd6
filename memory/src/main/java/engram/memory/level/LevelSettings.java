package engram.memory.level;

import java.time.Duration;

/// How the levels are kept.
///
/// @param episodeChars of an episode's summary at most
/// @param topicChars of a topic's
/// @param profileChars of a profile: its hard bound
/// @param quiet an episode is summarised when nothing was written to it for so long
/// @param budgetBytes of one place's summaries
/// @param strengthDays how long what is never recalled lasts: after so many days `1/e` of it is
///   left
public record LevelSettings(
    int episodeChars,
    int topicChars,
    int profileChars,
    Duration quiet,
    long budgetBytes,
    double strengthDays) {
  /// What the database holds a profile to.
  public static final int PROFILE_CHARS_MAX = 16_384;

  public LevelSettings {
    within("episode-chars", episodeChars, 50, 100_000);
    within("topic-chars", topicChars, 50, 100_000);
    within("profile-chars", profileChars, 50, PROFILE_CHARS_MAX);
    if (quiet.isNegative()) {
      throw new IllegalArgumentException("engram.memory.levels.quiet " + quiet + " is negative");
    }
    if (budgetBytes < 4L * profileChars) {
      throw new IllegalArgumentException(
          "engram.memory.levels.budget-bytes %d < %d, which a profile may take"
              .formatted(budgetBytes, 4L * profileChars));
    }
    if (!(strengthDays > 0 && strengthDays <= 36_500)) {
      throw new IllegalArgumentException(
          "engram.memory.levels.strength-days " + strengthDays + " is not in (0, 36500]");
    }
  }

  private static void within(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "engram.memory.levels.%s %d is not in [%d, %d]".formatted(name, value, min, max));
    }
  }
}
