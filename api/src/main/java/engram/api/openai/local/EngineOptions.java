package engram.api.openai.local;

import engram.api.openai.RequestProblem;
import engram.inference.MethodChoice;
import engram.inference.MethodChoice.Named;
import engram.inference.Priority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The object `engram` of a request to a model of this process: what OpenAI has no words for.
///
/// @param timeout after which the answer is worth nothing; null for the server's own
/// @param methods of the engine, by name
public record EngineOptions(Priority priority, @Nullable Duration timeout, MethodChoice methods) {
  public static final EngineOptions NONE =
      new EngineOptions(Priority.NORMAL, null, MethodChoice.NONE);

  private static final Set<String> FIELDS =
      Set.of("priority", "timeout_ms", "draft", "policy", "attention", "cache_type", "processors");
  private static final Set<String> WITH_MEMORY =
      Stream.concat(FIELDS.stream(), Stream.of("memory")).collect(Collectors.toUnmodifiableSet());
  private static final int PROCESSORS_MAX = 8;

  /// Fields that are not known are refused: whoever writes them means this server.
  public static EngineOptions read(@Nullable JsonNode given) {
    return read(given, FIELDS);
  }

  /// For requests that may name a memory in the same object; it is read by
  /// [engram.api.memory.TurnMemory].
  public static EngineOptions besideMemory(@Nullable JsonNode given) {
    return read(given, WITH_MEMORY);
  }

  /// For requests that no model of this process answers: a memory is all that may be named.
  public static void refuse(@Nullable JsonNode given) {
    if (given == null || given.isNull()) {
      return;
    }
    requireKnown(given, WITH_MEMORY);
    for (String field : given.propertyNames()) {
      if (FIELDS.contains(field)) {
        throw RequestProblem.unsupported(
            "engram." + field,
            "'engram." + field + "' is for models of this process, and none answers here.");
      }
    }
  }

  private static void requireKnown(JsonNode given, Set<String> known) {
    if (!given.isObject()) {
      throw RequestProblem.invalid("engram", "'engram' is an object.");
    }
    for (String field : given.propertyNames()) {
      if (!known.contains(field)) {
        throw RequestProblem.invalid(
            "engram." + field,
            "There is no 'engram." + field + "'; there are " + new TreeSet<>(known) + ".");
      }
    }
  }

  private static EngineOptions read(@Nullable JsonNode given, Set<String> known) {
    if (given == null || given.isNull()) {
      return NONE;
    }
    requireKnown(given, known);
    MethodChoice methods =
        new MethodChoice(
            method(given.get("policy"), "engram.policy"),
            method(given.get("attention"), "engram.attention"),
            text(given.get("cache_type"), "engram.cache_type"),
            processors(given.get("processors")),
            draft(given.get("draft")));
    return new EngineOptions(
        priority(given.get("priority")), timeout(given.get("timeout_ms")), methods);
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

  private static @Nullable Boolean draft(@Nullable JsonNode given) {
    if (given == null || given.isNull()) {
      return null;
    }
    if (!given.isBoolean()) {
      throw RequestProblem.invalid("engram.draft", "'engram.draft' is true or false.");
    }
    return given.booleanValue();
  }

  private static List<Named> processors(@Nullable JsonNode given) {
    if (given == null || given.isNull()) {
      return List.of();
    }
    if (!given.isArray() || given.size() > PROCESSORS_MAX) {
      throw RequestProblem.invalid(
          "engram.processors",
          "'engram.processors' is an array of at most " + PROCESSORS_MAX + " methods.");
    }
    List<Named> processors = new ArrayList<>();
    for (JsonNode one : given) {
      Named named = method(one, "engram.processors[" + processors.size() + "]");
      if (named != null) {
        processors.add(named);
      }
    }
    return List.copyOf(processors);
  }

  /// A name, or an object with a `name` and parameters.
  private static @Nullable Named method(@Nullable JsonNode given, String param) {
    if (given == null || given.isNull()) {
      return null;
    }
    if (given.isString()) {
      return Named.of(given.stringValue());
    }
    Map<String, Object> parameters = new HashMap<>();
    for (Map.Entry<String, JsonNode> one : given.properties()) {
      JsonNode value = one.getValue();
      if (!one.getKey().equals("name")) {
        parameters.put(one.getKey(), parameter(value, param + "." + one.getKey()));
      }
    }
    if (!given.path("name").isString()) {
      throw RequestProblem.invalid(param, "'" + param + "' is a name, or an object with a 'name'.");
    }
    return new Named(given.path("name").stringValue(), parameters);
  }

  private static Object parameter(JsonNode value, String param) {
    if (value.isString()) {
      return value.stringValue();
    }
    if (value.isInt()) {
      return value.intValue();
    }
    if (value.isNumber()) {
      return value.doubleValue();
    }
    throw RequestProblem.invalid(param, "'" + param + "' is a number or a string.");
  }

  private static @Nullable String text(@Nullable JsonNode given, String param) {
    if (given == null || given.isNull()) {
      return null;
    }
    if (!given.isString()) {
      throw RequestProblem.invalid(param, "'" + param + "' is a string.");
    }
    return given.stringValue();
  }
}
