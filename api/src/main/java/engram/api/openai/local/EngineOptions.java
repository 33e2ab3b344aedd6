package engram.api.openai.local;

import engram.api.openai.RequestProblem;
import engram.inference.Priority;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The object `engram` of a request to a model of this process: what OpenAI has no words for.
///
/// @param timeout after which the answer is worth nothing; null for the server's own
/// @param draft whether tokens are guessed ahead; changes nothing but the speed
public record EngineOptions(Priority priority, @Nullable Duration timeout, boolean draft) {
  public static final EngineOptions NONE = new EngineOptions(Priority.NORMAL, null, true);

  private static final Set<String> FIELDS = Set.of("priority", "timeout_ms", "draft");

  /// Fields that are not known are refused: whoever writes them means this server.
  public static EngineOptions read(@Nullable JsonNode given) {
    if (given == null || given.isNull()) {
      return NONE;
    }
    if (!given.isObject()) {
      throw RequestProblem.invalid("engram", "'engram' is an object.");
    }
    for (String field : given.propertyNames()) {
      if (!FIELDS.contains(field)) {
        throw RequestProblem.invalid(
            "engram." + field,
            "There is no 'engram." + field + "'; there are " + new TreeSet<>(FIELDS) + ".");
      }
    }
    return new EngineOptions(
        priority(given.get("priority")), timeout(given.get("timeout_ms")), draft(given.get("draft")));
  }

  private static Priority priority(@Nullable JsonNode given) {
    if (given == null || given.isNull()) {
      return NONE.priority();
    }
    String name = given.asString("");
    return Arrays.stream(Priority.values())
        .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() ->
            RequestProblem.invalid(
                "engram.priority", "'engram.priority' is 'batch', 'normal' or 'interactive'."));
  }

  private static @Nullable Duration timeout(@Nullable JsonNode given) {
    if (given == null || given.isNull()) {
      return null;
    }
    if (!given.isInt() || given.intValue() < 1) {
      throw RequestProblem.invalid(
          "engram.timeout_ms", "'engram.timeout_ms' is a whole number of at least 1.");
    }
    return Duration.ofMillis(given.intValue());
  }

  private static boolean draft(@Nullable JsonNode given) {
    if (given == null || given.isNull()) {
      return true;
    }
    if (!given.isBoolean()) {
      throw RequestProblem.invalid("engram.draft", "'engram.draft' is true or false.");
    }
    return given.booleanValue();
  }
}
