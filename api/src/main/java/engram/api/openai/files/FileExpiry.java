package engram.api.openai.files;

import engram.api.openai.RequestProblem;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `expires_after` of files: `{anchor: created_at, seconds: N}`, in JSON or as fields of a form.
final class FileExpiry {
  private static final Duration MIN = Duration.ofHours(1);
  private static final Duration MAX = Duration.ofDays(30);
  private static final String PARAM = "expires_after";
  private static final String ANCHOR = PARAM + "[anchor]";
  private static final String SECONDS = PARAM + "[seconds]";

  private FileExpiry() {}

  /// @return null for nothing
  static @Nullable Duration of(Map<String, String> form) {
    boolean given = form.keySet().stream().anyMatch(name -> name.startsWith(PARAM));
    return given ? checked(form.get(ANCHOR), form.get(SECONDS)) : null;
  }

  /// @return null for nothing
  static @Nullable Duration of(@Nullable JsonNode json) {
    return json == null || json.isNull()
        ? null
        : checked(
            json.path("anchor").asString(""),
            json.path("seconds").isIntegralNumber() ? json.path("seconds").asString() : null);
  }

  private static Duration checked(@Nullable String anchor, @Nullable String seconds) {
    // Ten digits are more than the bound and less than a long.
    if ("created_at".equals(anchor) && seconds != null && seconds.matches("[0-9]{1,10}")) {
      Duration after = Duration.ofSeconds(Long.parseLong(seconds));
      if (after.compareTo(MIN) >= 0 && after.compareTo(MAX) <= 0) {
        return after;
      }
    }
    throw RequestProblem.invalid(
        PARAM,
        "'expires_after' is {anchor: 'created_at', seconds: "
            + MIN.toSeconds()
            + " to "
            + MAX.toSeconds()
            + "}.");
  }
}
