package engram.api.openai;

import engram.retrieval.Access;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Checks what callers attach to documents and collections.
public final class Attributes {
  private static final int KEYS_MAX = 16;
  private static final int KEY_CHARS_MAX = 64;
  private static final int VALUE_CHARS_MAX = 512;
  private static final int READERS_MAX = 1_000;

  private Attributes() {}

  /// @return empty for null
  public static Map<String, Object> check(@Nullable Map<String, Object> given, String param) {
    if (given == null) {
      return Map.of();
    }
    if (given.size() > KEYS_MAX) {
      throw RequestProblem.invalid(
          param, "'" + param + "' has at most " + KEYS_MAX + " keys, not " + given.size() + ".");
    }
    Map<String, Object> checked = new LinkedHashMap<>();
    given.forEach((key, value) -> checked.put(key(key, param), value(key, value, param)));
    return checked;
  }

  /// Metadata: as attributes, but all values are strings.
  public static @Nullable Map<String, String> texts(
      @Nullable Map<String, Object> given, String param) {
    if (given == null) {
      return null;
    }
    Map<String, String> texts = new LinkedHashMap<>();
    check(given, param)
        .forEach((key, value) -> {
          if (!(value instanceof String text)) {
            throw RequestProblem.invalid(
                param + "." + key, "Values of '" + param + "' are strings.");
          }
          texts.put(key, text);
        });
    return texts;
  }

  /// @return empty for null
  public static Set<String> readers(@Nullable List<String> given, String param) {
    if (given == null) {
      return Set.of();
    }
    if (given.size() > READERS_MAX
        || given.stream().anyMatch(one -> one == null || !Access.isPrincipal(one))) {
      throw RequestProblem.invalid(
          param,
          "'"
              + param
              + "' has at most "
              + READERS_MAX
              + " names of 1 to 256 characters without blanks and commas, such as user:ann.");
    }
    return Set.copyOf(given);
  }

  private static String key(String key, String param) {
    if (key.isBlank() || key.length() > KEY_CHARS_MAX) {
      throw RequestProblem.invalid(
          param, "Keys of '" + param + "' have 1 to " + KEY_CHARS_MAX + " characters.");
    }
    return key;
  }

  private static Object value(String key, @Nullable Object value, String param) {
    return switch (value) {
      case String text when text.length() <= VALUE_CHARS_MAX -> text;
      case Boolean flag -> flag;
      case Number number when Double.isFinite(number.doubleValue()) -> number;
      case null, default ->
          throw RequestProblem.invalid(
              param + "." + key,
              "'"
                  + param
                  + "."
                  + key
                  + "' is a number, a boolean, or a string of at most "
                  + VALUE_CHARS_MAX
                  + " characters.");
    };
  }
}
