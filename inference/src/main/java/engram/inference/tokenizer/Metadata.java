package engram.inference.tokenizer;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Typed looks at a GGUF file's metadata. A value of another type than its key has is refused.
final class Metadata {
  private final Map<String, ?> values;

  Metadata(Map<String, ?> values) {
    this.values = values;
  }

  Optional<String> string(String key) {
    Object value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof String text)) {
      throw wrong(key, value, "a string");
    }
    return Optional.of(text);
  }

  /// @return absent as -1; unsigned 32-bit numbers may come as ints or longs
  long number(String key) {
    Object value = values.get(key);
    if (value == null) {
      return -1;
    }
    if (!(value instanceof Number number)) {
      throw wrong(key, value, "a number");
    }
    return number.longValue();
  }

  boolean flag(String key, boolean otherwise) {
    Object value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    if (!(value instanceof Boolean flag)) {
      throw wrong(key, value, "a truth value");
    }
    return flag;
  }

  /// @return null where there is none
  @Nullable List<String> strings(String key, int max) {
    Object value = values.get(key);
    if (value == null) {
      return null;
    }
    List<?> list =
        value instanceof List<?> listed
            ? listed
            : value instanceof Object[] array ? Arrays.asList(array) : null;
    if (list == null) {
      throw wrong(key, value, "a list of strings");
    }
    Limits.check(key + " has a length of", list.size(), max);
    String[] strings = new String[list.size()];
    for (int i = 0; i < strings.length; i++) {
      if (!(list.get(i) instanceof String text)) {
        throw wrong(key + "[" + i + "]", list.get(i), "a string");
      }
      strings[i] = text;
    }
    return Arrays.asList(strings);
  }

  /// @return null where there is none
  double @Nullable [] numbers(String key, int max) {
    Object value = values.get(key);
    if (value == null) {
      return null;
    }
    boolean list = value instanceof List<?>;
    if (!list && !value.getClass().isArray()) {
      throw wrong(key, value, "a list of numbers");
    }
    int length = list ? ((List<?>) value).size() : Array.getLength(value);
    Limits.check(key + " has a length of", length, max);
    double[] numbers = new double[length];
    for (int i = 0; i < length; i++) {
      Object each = list ? ((List<?>) value).get(i) : Array.get(value, i);
      if (!(each instanceof Number number)) {
        throw wrong(key + "[" + i + "]", each, "a number");
      }
      numbers[i] = number.doubleValue();
    }
    return numbers;
  }

  /// @return null where there is none
  byte @Nullable [] bytes(String key, int max) {
    double[] numbers = numbers(key, max);
    if (numbers == null) {
      return null;
    }
    byte[] bytes = new byte[numbers.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (int) numbers[i];
    }
    return bytes;
  }

  private static TokenizerFileException wrong(String key, @Nullable Object value, String wanted) {
    String type = value == null ? "nothing" : value.getClass().getSimpleName();
    return new TokenizerFileException(key + " is " + type + ", not " + wanted);
  }
}
