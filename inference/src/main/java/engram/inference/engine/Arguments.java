package engram.inference.engine;

import engram.inference.MethodChoice;
import engram.inference.Methods.Parameter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The parameters of a method that was chosen by name: given or preset, and of their type.
final class Arguments {
  private final String method;
  private final Map<String, Object> values;

  private Arguments(String method, Map<String, Object> values) {
    this.method = method;
    this.values = values;
  }

  /// A parameter; one without a value must be given.
  record Preset(String name, Parameter.Type type, @Nullable Object value) {
    static Preset whole(String name) {
      return new Preset(name, Parameter.Type.WHOLE, null);
    }

    static Preset whole(String name, int value) {
      return new Preset(name, Parameter.Type.WHOLE, value);
    }

    static Preset number(String name, double value) {
      return new Preset(name, Parameter.Type.NUMBER, value);
    }

    static Preset text(String name) {
      return new Preset(name, Parameter.Type.TEXT, null);
    }

    Parameter described() {
      return new Parameter(name, type, value == null ? "" : value.toString());
    }
  }

  /// @throws IllegalArgumentException naming the method, the parameter and what would do
  static Arguments of(MethodChoice.Named chosen, List<Preset> presets) {
    Map<String, Object> values = new HashMap<>();
    for (Preset preset : presets) {
      Object given = chosen.parameters().get(preset.name());
      Object value = given == null ? preset.value() : given;
      if (value == null) {
        throw new IllegalArgumentException(chosen.name() + ": " + preset.name() + " is missing");
      }
      values.put(preset.name(), checked(chosen.name(), preset, value));
    }
    for (String name : chosen.parameters().keySet()) {
      if (!values.containsKey(name)) {
        List<String> known = presets.stream().map(Preset::name).toList();
        throw new IllegalArgumentException(
            "%s: no parameter '%s'; there are %s"
                .formatted(
                    chosen.name(), name, known.isEmpty() ? "none" : String.join(", ", known)));
      }
    }
    return new Arguments(chosen.name(), values);
  }

  private static Object checked(String method, Preset preset, Object value) {
    return switch (preset.type()) {
      case WHOLE -> {
        if (value instanceof Number number && number.doubleValue() == number.intValue()) {
          yield number.intValue();
        }
        throw wrong(method, preset, value, "a whole number of 32 bits");
      }
      case NUMBER -> {
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
          yield number.doubleValue();
        }
        throw wrong(method, preset, value, "a number");
      }
      case TEXT -> {
        if (value instanceof String) {
          yield value;
        }
        throw wrong(method, preset, value, "a text");
      }
    };
  }

  private static IllegalArgumentException wrong(
      String method, Preset preset, Object value, String what) {
    return new IllegalArgumentException(
        "%s: %s '%s' is not %s".formatted(method, preset.name(), value, what));
  }

  int whole(String name) {
    return (Integer) value(name);
  }

  double number(String name) {
    return (Double) value(name);
  }

  String text(String name) {
    return (String) value(name);
  }

  private Object value(String name) {
    Object value = values.get(name);
    if (value == null) {
      throw new IllegalStateException(method + " did not name its parameter " + name);
    }
    return value;
  }
}
