package engram.inference.chat.jinja;

import java.util.List;
import java.util.Map;

/// What can stand behind `is`.
final class Tests {
  private Tests() {}

  static boolean holds(String name, Object value, List<Object> arguments, int line) {
    return switch (name) {
      case "defined" -> value != Nothing.UNDEFINED;
      case "undefined" -> value == Nothing.UNDEFINED;
      case "none" -> value == Nothing.NONE;
      case "string" -> value instanceof String;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "number" -> Values.isNumber(value);
      case "mapping" -> value instanceof Map<?, ?>;
      case "sequence", "iterable" ->
          value instanceof String || value instanceof List<?> || value instanceof Map<?, ?>;
      case "callable" -> value instanceof Callable;
      case "odd" -> Math.floorMod(Values.whole(value), 2) == 1;
      case "even" -> Math.floorMod(Values.whole(value), 2) == 0;
      case "divisibleby" -> {
        long divisor = Values.whole(argument(arguments, line));
        if (divisor == 0) {
          throw new TemplateException(line, "division by zero");
        }
        yield Math.floorMod(Values.whole(value), divisor) == 0;
      }
      case "lower" ->
          value instanceof String text && text.equals(text.toLowerCase(java.util.Locale.ROOT));
      case "upper" ->
          value instanceof String text && text.equals(text.toUpperCase(java.util.Locale.ROOT));
      case "equalto", "eq", "sameas" -> Values.equal(value, argument(arguments, line));
      case "ne" -> !Values.equal(value, argument(arguments, line));
      case "lt", "lessthan" -> Values.compare(value, argument(arguments, line)) < 0;
      case "le" -> Values.compare(value, argument(arguments, line)) <= 0;
      case "gt", "greaterthan" -> Values.compare(value, argument(arguments, line)) > 0;
      case "ge" -> Values.compare(value, argument(arguments, line)) >= 0;
      case "in" -> Values.contains(argument(arguments, line), value);
      default -> throw new TemplateException(line, "the test '" + name + "' is not known");
    };
  }

  private static Object argument(List<Object> arguments, int line) {
    if (arguments.isEmpty()) {
      throw new TemplateException(line, "a test's argument is missing");
    }
    return arguments.getFirst();
  }
}
