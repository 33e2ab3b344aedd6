package engram.inference;

import java.time.Duration;

/// Bounds of one model's scheduler.
///
/// @param tokensPerStep tokens that a pass computes at most: decoding first, prompts with the rest
/// @param sequencesMax requests that are computed at the same time
/// @param waitingMax requests that wait at most
/// @param waitingPerTenantMax of those, one tenant's
/// @param rowsPerStep rows of scores that a pass gives at most
/// @param draftMax tokens that are guessed ahead for a sequence at most
/// @param eventsMax events that wait for a consumer before its request pauses
/// @param patience how long a request may pause for its consumer before it is cancelled
/// @param sharePrefixes whether requests reuse what others of the same scope computed
public record ScheduleSettings(
    int tokensPerStep,
    int sequencesMax,
    int waitingMax,
    int waitingPerTenantMax,
    int rowsPerStep,
    int draftMax,
    int eventsMax,
    Duration patience,
    boolean sharePrefixes) {
  public static final ScheduleSettings DEFAULT =
      new ScheduleSettings(512, 64, 1024, 512, 256, 16, 256, Duration.ofMinutes(1), true);

  public ScheduleSettings {
    within("tokensPerStep", tokensPerStep, 1, 1 << 20);
    // Each running request must be able to have its next token in every pass.
    within("sequencesMax", sequencesMax, 1, Math.min(tokensPerStep, rowsPerStep));
    within("waitingMax", waitingMax, 1, 1 << 20);
    within("waitingPerTenantMax", waitingPerTenantMax, 1, waitingMax);
    within("draftMax", draftMax, 0, 64);
    within("eventsMax", eventsMax, 1, 1 << 16);
    if (patience.isNegative() || patience.isZero()) {
      throw new IllegalArgumentException("patience " + patience + " is not positive");
    }
  }

  private static void within(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " " + value + " is not within [" + min + ", " + max + "]");
    }
  }
}
