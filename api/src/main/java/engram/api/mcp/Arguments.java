package engram.api.mcp;

import engram.api.error.Failure;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The arguments of one call, read strictly: a model that misspells a name is told so.
final class Arguments {
  private static final int LIST_MAX = 1_000;

  private final Map<String, Object> values;

  /// @param known names of the tool's arguments
  Arguments(@Nullable Map<String, Object> values, Set<String> known) {
    this.values = values == null ? Map.of() : values;
    for (String name : this.values.keySet()) {
      if (!known.contains(name)) {
        throw invalid(
            name, "there is no such argument; there are " + known.stream().sorted().toList());
      }
    }
  }

  boolean has(String name) {
    return values.get(name) != null;
  }

  @Nullable String text(String name) {
    Object value = values.get(name);
    if (value == null) {
      return null;
    }
    if (value instanceof String text) {
      return text;
    }
    throw invalid(name, "a text is meant");
  }

  String required(String name) {
    String text = text(name);
    if (text == null) {
      throw invalid(name, "it must be there");
    }
    return text;
  }

  String text(String name, String otherwise) {
    String text = text(name);
    return text == null ? otherwise : text;
  }

  int number(String name, int otherwise, int min, int max) {
    Long number = whole(name);
    if (number == null) {
      return otherwise;
    }
    if (number < min || number > max) {
      throw invalid(name, "%d is not in [%d, %d]".formatted(number, min, max));
    }
    return number.intValue();
  }

  @Nullable Long whole(String name) {
    Object value = values.get(name);
    return value == null ? null : whole(name, value);
  }

  private static long whole(String name, Object value) {
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw invalid(name, "a whole number is meant");
  }

  boolean flag(String name) {
    Object value = values.get(name);
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw invalid(name, "true or false is meant");
  }

  Set<Long> numbers(String name) {
    if (!(values.get(name) instanceof List<?> list) || list.isEmpty() || list.size() > LIST_MAX) {
      throw invalid(name, "a list of 1 to %d whole numbers is meant".formatted(LIST_MAX));
    }
    Set<Long> numbers = new LinkedHashSet<>();
    for (Object one : list) {
      numbers.add(whole(name, one));
    }
    return numbers;
  }

  @Nullable Instant time(String name) {
    String text = text(name);
    if (text == null) {
      return null;
    }
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw invalid(name, "a time such as 2024-03-01T10:00:00Z is meant");
    }
  }

  static RuntimeException invalid(String name, String message) {
    return Failure.invalid(name, "'" + name + "': " + message + ".").toException();
  }
}
