package engram.inference.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/// What can stand behind `|`.
final class Filters {
  private Filters() {}

  static Object apply(String name, Object value, Given given, Budget budget) {
    return switch (name) {
      case "tojson" -> JsonText.of(value, given, budget);
      case "trim" -> Methods.strip(Values.text(value), given, true, true);
      case "upper" -> Values.text(value).toUpperCase(Locale.ROOT);
      case "lower" -> Values.text(value).toLowerCase(Locale.ROOT);
      case "title" -> Methods.titled(Values.text(value));
      case "capitalize" -> Methods.capitalized(Values.text(value));
      case "string", "safe" -> Values.text(value);
      case "escape", "e" -> escaped(Values.text(value));
      case "replace" ->
          Methods.replaced(
              Values.text(value),
              Values.text(given.need(0, "old")),
              Values.text(given.need(1, "new")),
              Values.whole(given.get(2, "count", -1L)),
              budget);
      case "format" -> Operators.format(Values.text(value), given.positional(), budget);
      case "indent" -> indented(Values.text(value), given, budget);
      case "length", "count" -> Values.length(value);
      case "default", "d" -> otherwise(value, given);
      case "int" -> whole(value, given);
      case "float" -> real(value, given);
      case "abs" ->
          value instanceof Double number
              ? (Object) Math.abs(number)
              : (Object) Math.abs(Values.whole(value));
      case "round" -> rounded(value, given);
      case "first" -> at(Values.iterate(value), true);
      case "last" -> at(Values.iterate(value), false);
      case "list" -> Values.iterate(value);
      case "items" -> items(value);
      case "dictsort" -> {
        List<Object> items = items(value);
        items.sort((a, b) -> order(a, b, 0, false));
        yield items;
      }
      case "reverse" -> reversed(value);
      case "sort" -> sorted(value, given);
      case "unique" -> unique(value);
      case "min" -> extreme(value, -1);
      case "max" -> extreme(value, 1);
      case "sum" -> {
        Object sum = given.get(1, "start", 0L);
        for (Object item : attributes(value, given.get(0, "attribute", Nothing.NONE))) {
          sum = Operators.binary("+", sum, item, budget);
        }
        yield sum;
      }
      case "join" ->
          Methods.joined(
              Values.text(given.get(0, "d", "")),
              attributes(value, given.get(1, "attribute", Nothing.NONE)),
              budget);
      case "map" -> mapped(value, given, budget);
      case "select" -> kept(value, test(given, 0, item -> item), true);
      case "reject" -> kept(value, test(given, 0, item -> item), false);
      case "selectattr" -> kept(value, attributeTest(given), true);
      case "rejectattr" -> kept(value, attributeTest(given), false);
      default -> throw new TemplateException("the filter '" + name + "' is not known");
    };
  }

  private static Object otherwise(Object value, Given given) {
    boolean falseToo = Values.truth(given.get(1, "boolean", false));
    boolean missing = value == Nothing.UNDEFINED || (falseToo && !Values.truth(value));
    return missing ? given.get(0, "default_value", "") : value;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }

  private static String indented(String text, Given given, Budget budget) {
    Object width = given.get(0, "width", 4L);
    String indent =
        width instanceof String chosen
            ? chosen
            : " ".repeat(Math.clamp(Values.whole(width), 0, 256));
    boolean first = Values.truth(given.get(1, "first", false));
    boolean blank = Values.truth(given.get(2, "blank", false));
    String[] lines = text.split("\n", -1);
    budget.make(text.length() + (long) lines.length * indent.length());
    StringBuilder built = new StringBuilder();
    for (int i = 0; i < lines.length; i++) {
      boolean really = (i > 0 || first) && (blank || !lines[i].isEmpty());
      built.append(i == 0 ? "" : "\n").append(really ? indent : "").append(lines[i]);
    }
    return built.toString();
  }

  private static Object whole(Object value, Given given) {
    try {
      return switch (value) {
        case String text -> (long) Double.parseDouble(text.strip());
        case Double number -> number.longValue();
        default -> Values.whole(value);
      };
    } catch (NumberFormatException | TemplateException none) {
      return given.get(0, "default", 0L);
    }
  }

  private static Object real(Object value, Given given) {
    try {
      return value instanceof String text ? Double.parseDouble(text.strip()) : Values.real(value);
    } catch (NumberFormatException | TemplateException none) {
      return given.get(0, "default", 0.0);
    }
  }

  /// Halves go to the even neighbour, as in Python.
  private static Object rounded(Object value, Given given) {
    double scale = Math.pow(10, Math.clamp(Values.whole(given.get(0, "precision", 0L)), 0, 15));
    double scaled = Values.real(value) * scale;
    return switch (Values.text(given.get(1, "method", "common"))) {
      case "ceil" -> Math.ceil(scaled) / scale;
      case "floor" -> Math.floor(scaled) / scale;
      default -> Math.rint(scaled) / scale;
    };
  }

  private static Object at(List<Object> items, boolean first) {
    return items.isEmpty() ? Nothing.UNDEFINED : first ? items.getFirst() : items.getLast();
  }

  private static List<Object> items(Object value) {
    List<Object> items = new ArrayList<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> items.add(List.of(key, item)));
    } else if (value != Nothing.UNDEFINED) {
      throw new TemplateException(Values.type(value) + " has no items");
    }
    return items;
  }

  private static Object reversed(Object value) {
    if (value instanceof String text) {
      return new StringBuilder(text).reverse().toString();
    }
    return new ArrayList<Object>(Values.iterate(value).reversed());
  }

  private static List<Object> sorted(Object value, Given given) {
    List<Object> items = Values.iterate(value);
    boolean backwards = Values.truth(given.get(0, "reverse", false));
    boolean caseful = Values.truth(given.get(1, "case_sensitive", false));
    Object attribute = given.get(2, "attribute", Nothing.NONE);
    items.sort((a, b) -> {
      int order = order(attribute(a, attribute), attribute(b, attribute), -1, caseful);
      return backwards ? -order : order;
    });
    return items;
  }

  /// @param part of a pair by which it is ordered; -1 for the value itself
  private static int order(Object a, Object b, int part, boolean caseful) {
    Object left = part < 0 ? a : Values.iterate(a).get(part);
    Object right = part < 0 ? b : Values.iterate(b).get(part);
    if (!caseful && left instanceof String x && right instanceof String y) {
      return x.toLowerCase(Locale.ROOT).compareTo(y.toLowerCase(Locale.ROOT));
    }
    return Values.compare(left, right);
  }

  private static List<Object> unique(Object value) {
    Map<Object, Object> seen = new LinkedHashMap<>();
    for (Object item : Values.iterate(value)) {
      if (!Values.isPlain(item)) {
        throw new TemplateException(Values.type(item) + " cannot be told apart from others");
      }
      seen.putIfAbsent(item instanceof String text ? text.toLowerCase(Locale.ROOT) : item, item);
    }
    return new ArrayList<>(seen.values());
  }

  private static Object extreme(Object value, int sign) {
    Object found = Nothing.UNDEFINED;
    for (Object item : Values.iterate(value)) {
      if (found == Nothing.UNDEFINED || sign * Values.compare(item, found) > 0) {
        found = item;
      }
    }
    return found;
  }

  private static List<Object> attributes(Object value, Object attribute) {
    List<Object> items = Values.iterate(value);
    items.replaceAll(item -> attribute(item, attribute));
    return items;
  }

  /// @param path keys with points between them, or none for the value itself
  private static Object attribute(Object item, Object path) {
    if (path == Nothing.NONE) {
      return item;
    }
    if (path instanceof Long) {
      return Operators.item(item, path);
    }
    Object value = item;
    for (String key : Values.text(path).split("\\.")) {
      value = value == Nothing.UNDEFINED ? value : Operators.item(value, key);
    }
    return value;
  }

  private static List<Object> mapped(Object value, Given given, Budget budget) {
    List<Object> items = itemsOrNone(value);
    Object attribute = given.named().get("attribute");
    if (attribute != null) {
      items.replaceAll(item -> {
        Object found = attribute(item, attribute);
        return found == Nothing.UNDEFINED ? given.get(-1, "default", found) : found;
      });
      return items;
    }
    String filter = Values.text(given.need(0, "filter"));
    List<Object> rest = given.positional().subList(1, given.positional().size());
    items.replaceAll(item -> {
      budget.step();
      return apply(filter, item, new Given(rest, given.named()), budget);
    });
    return items;
  }

  private static List<Object> kept(Object value, Predicate<Object> test, boolean whereTrue) {
    List<Object> items = itemsOrNone(value);
    items.removeIf(item -> test.test(item) != whereTrue);
    return items;
  }

  /// Of what is false to Python, none too, nothing is kept.
  private static List<Object> itemsOrNone(Object value) {
    return Values.truth(value) ? Values.iterate(value) : new ArrayList<>();
  }

  private interface Part {
    Object of(Object item);
  }

  private static Predicate<Object> test(Given given, int index, Part part) {
    if (given.positional().size() <= index) {
      return item -> Values.truth(part.of(item));
    }
    String name = Values.text(given.positional().get(index));
    List<Object> arguments = given.positional().subList(index + 1, given.positional().size());
    return switch (name) {
      case "==", "!=", "<", "<=", ">", ">=" ->
          item -> Interpreter.holds(name, part.of(item), arguments.getFirst());
      default -> item -> Tests.holds(name, part.of(item), arguments, 0);
    };
  }

  private static Predicate<Object> attributeTest(Given given) {
    Object attribute = given.need(0, "attribute");
    return test(given, 1, item -> attribute(item, attribute));
  }
}
