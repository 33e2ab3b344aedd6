package engram.inference.model.gguf;

import engram.inference.model.file.ModelFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A file's settings by key.
///
/// @param values integers as [Long], other numbers as [Double], then [Boolean] and [String]; arrays
///   as `long[]`, `float[]`, `double[]`, `boolean[]`, or lists of strings or of arrays
public record GgufMetadata(Path file, Map<String, Object> values) {
  public GgufMetadata {
    values = Map.copyOf(values);
  }

  public boolean has(String key) {
    return values.containsKey(key);
  }

  public @Nullable String string(String key) {
    return get(key, String.class, "a text");
  }

  public String requireString(String key) {
    return required(key, string(key));
  }

  public @Nullable Boolean bool(String key) {
    return get(key, Boolean.class, "true or false");
  }

  /// @throws ModelFileException if the number is not in `least..most`
  public @Nullable Integer integer(String key, int least, int most) {
    Long value = get(key, Long.class, "a whole number");
    if (value == null) {
      return null;
    }
    if (value < least || value > most) {
      throw wrong(key + " is " + value + ", not in " + least + ".." + most);
    }
    return value.intValue();
  }

  public int integer(String key, int least, int most, int absent) {
    Integer value = integer(key, least, most);
    return value == null ? absent : value;
  }

  public int requireInteger(String key, int least, int most) {
    return required(key, integer(key, least, most));
  }

  /// A finite number; whole ones count.
  public @Nullable Double number(String key) {
    Object value = values.get(key);
    if (value == null) {
      return null;
    }
    double number =
        switch (value) {
          case Double d -> d;
          case Long l -> l;
          default -> throw wrong(key + " is no number");
        };
    if (!Double.isFinite(number)) {
      throw wrong(key + " is " + number);
    }
    return number;
  }

  public double number(String key, double absent) {
    Double value = number(key);
    return value == null ? absent : value;
  }

  private <T> @Nullable T get(String key, Class<T> type, String what) {
    Object value = values.get(key);
    if (value != null && !type.isInstance(value)) {
      throw wrong(key + " is not " + what);
    }
    return type.cast(value);
  }

  private <T> T required(String key, @Nullable T value) {
    if (value == null) {
      throw wrong("has no " + key);
    }
    return value;
  }

  public ModelFileException wrong(String problem) {
    return new ModelFileException(file, problem);
  }
}
