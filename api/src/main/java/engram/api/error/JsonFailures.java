package engram.api.error;

import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.exc.InvalidDefinitionException;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.PropertyBindingException;
import tools.jackson.databind.exc.ValueInstantiationException;

/// Jackson's own messages name Java classes; these name the field instead.
final class JsonFailures {
  private JsonFailures() {}

  /// @return null where the fault is not in the JSON
  static @Nullable Failure of(JacksonException e) {
    String path = path(e);
    return switch (e) {
      case JacksonIOException _ -> null; // the body could not be read: its cause says why
      case StreamConstraintsException _ ->
          Failure.invalid(null, "The JSON is nested too deeply or holds a value that is too long.");
      case InputCoercionException _ -> Failure.invalid(path, name(path) + " is out of range.");
      case StreamReadException _ -> Failure.invalid(null, "The body is not JSON" + where(e) + ".");
      case PropertyBindingException unknown ->
          Failure.invalid(path, "Unknown field '" + unknown.getPropertyName() + "'.");
      case ValueInstantiationException _ -> instantiation(e, path);
      case InvalidDefinitionException _ -> null;
      case MismatchedInputException mismatch ->
          Failure.invalid(path, name(path) + " " + expected(mismatch) + ".");
      default -> Failure.invalid(path, name(path) + " is not valid.");
    };
  }

  /// A record that refused its values: it says why.
  private static Failure instantiation(JacksonException e, @Nullable String path) {
    Throwable cause = e.getCause();
    String message = cause == null ? null : cause.getMessage();
    if (cause instanceof FailureException failure) {
      return failure.failure();
    }
    if (message == null || !(cause instanceof IllegalArgumentException)) {
      return Failure.invalid(path, name(path) + " is not valid.");
    }
    String param = path == null ? Failures.paramOf(message) : path;
    return Failure.invalid(param, message);
  }

  private static String expected(MismatchedInputException e) {
    Class<?> type = e.getTargetType();
    if (type == null) {
      return "is missing or has the wrong type";
    }
    if (e instanceof InvalidFormatException && type.isEnum()) {
      return "is not one of "
          + Arrays.stream(type.getEnumConstants())
              .map(constant -> constant.toString().toLowerCase(java.util.Locale.ROOT))
              .collect(Collectors.joining(", "));
    }
    return "must be " + kind(type);
  }

  private static String kind(Class<?> type) {
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return "a whole number in range";
    }
    if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
      return "a number";
    }
    if (type == String.class || type.isEnum()) {
      return "a string";
    }
    if (java.time.temporal.Temporal.class.isAssignableFrom(type)) {
      return "a time such as 2026-01-31T12:00:00Z";
    }
    if (type.isArray() || Collection.class.isAssignableFrom(type)) {
      return "a list";
    }
    return Map.class.isAssignableFrom(type) || type.isRecord() ? "an object" : "of another type";
  }

  private static String name(@Nullable String path) {
    return path == null ? "The body" : "'" + path + "'";
  }

  private static String where(JacksonException e) {
    TokenStreamLocation at = e.getLocation();
    return at == null || at.getLineNr() < 0
        ? ""
        : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
  }

  /// `filters[2].key`
  private static @Nullable String path(JacksonException e) {
    StringBuilder path = new StringBuilder();
    for (JacksonException.Reference step : e.getPath()) {
      if (step.getPropertyName() != null) {
        path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
      } else if (step.getIndex() >= 0) {
        path.append('[').append(step.getIndex()).append(']');
      }
    }
    return path.isEmpty() ? null : path.toString();
  }
}
