package engram.inference.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What values are to a template: those of JSON, with Python's rules for truth, equality, order and
/// text. Numbers are `Long` or `Double`, lists `List`, dictionaries `Map`, none [Nothing].
final class Values {
  private static final int MAX_PRINTED_CHARACTERS = 8 << 20;
  private static final int MAX_COMPARED = 1 << 20;

  private Values() {}

  static boolean truth(Object value) {
    return switch (value) {
      case Nothing nothing -> false;
      case Boolean flag -> flag;
      case String text -> !text.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case Long number -> number != 0;
      case Double number -> number != 0;
      default -> true;
    };
  }

  static boolean equal(Object a, Object b) {
    return equal(a, b, new int[] {MAX_COMPARED});
  }

  private static boolean equal(Object a, Object b, int[] left) {
    if (--left[0] < 0) {
      throw new TemplateException("two values have more than " + MAX_COMPARED + " parts");
    }
    if (isNumber(a) && isNumber(b)) {
      return isReal(a, b) ? real(a) == real(b) : whole(a) == whole(b);
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      boolean same = x.size() == y.size();
      for (int i = 0; same && i < x.size(); i++) {
        same = equal(x.get(i), y.get(i), left);
      }
      return same;
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      boolean same = x.size() == y.size();
      for (Map.Entry<?, ?> entry : x.entrySet()) {
        Object other = y.get(entry.getKey());
        same = same && other != null && equal(entry.getValue(), other, left);
      }
      return same;
    }
    return isPlain(a) && a.equals(b);
  }

  /// What can be a key; other values have no hash that is worth its cost.
  static boolean isPlain(Object value) {
    return value instanceof String || isNumber(value) || value instanceof Nothing;
  }

  static int compare(Object a, Object b) {
    if (isNumber(a) && isNumber(b)) {
      return isReal(a, b) ? Double.compare(real(a), real(b)) : Long.compare(whole(a), whole(b));
    }
    if (a instanceof String left && b instanceof String right) {
      return left.compareTo(right);
    }
    throw new TemplateException(type(a) + " and " + type(b) + " have no order");
  }

  static boolean contains(Object in, Object what) {
    return switch (in) {
      case String text -> text.contains(text(what));
      case List<?> list -> list.stream().anyMatch(item -> equal(item, what));
      case Map<?, ?> map -> isPlain(what) && map.containsKey(what);
      case Nothing nothing when nothing == Nothing.UNDEFINED -> false;
      default -> throw new TemplateException(type(in) + " contains nothing");
    };
  }

  /// What a loop runs over: items, keys or characters.
  static List<Object> iterate(Object value) {
    return switch (value) {
      case List<?> list -> new ArrayList<>(list);
      case Map<?, ?> map -> new ArrayList<>(map.keySet());
      case String text -> new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
      case Nothing nothing when nothing == Nothing.UNDEFINED -> new ArrayList<>();
      default -> throw new TemplateException(type(value) + " cannot be iterated over");
    };
  }

  static long length(Object value) {
    return switch (value) {
      case String text -> text.codePointCount(0, text.length());
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case Nothing nothing when nothing == Nothing.UNDEFINED -> 0;
      default -> throw new TemplateException(type(value) + " has no length");
    };
  }

  static boolean isNumber(Object value) {
    return value instanceof Long || value instanceof Double || value instanceof Boolean;
  }

  private static boolean isReal(Object a, Object b) {
    return a instanceof Double || b instanceof Double;
  }

  static long whole(Object value) {
    return switch (value) {
      case Long number -> number;
      case Boolean flag -> flag ? 1 : 0;
      case Double number when number == Math.rint(number) -> number.longValue();
      default -> throw new TemplateException(type(value) + " is no whole number");
    };
  }

  static double real(Object value) {
    return switch (value) {
      case Long number -> number;
      case Double number -> number;
      case Boolean flag -> flag ? 1 : 0;
      default -> throw new TemplateException(type(value) + " is no number");
    };
  }

  /// As Python prints it.
  static String text(Object value) {
    if (value instanceof String text) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    print(value, out);
    return out.toString();
  }

  private static void print(Object value, StringBuilder out) {
    // A list that holds another twice, which holds another twice, prints without end.
    if (out.length() > MAX_PRINTED_CHARACTERS) {
      throw new TemplateException(
          "a value prints more than " + MAX_PRINTED_CHARACTERS + " characters");
    }
    switch (value) {
      case String text -> quote(text, out);
      case Nothing nothing -> out.append(nothing == Nothing.NONE ? "None" : "");
      case Boolean flag -> out.append(flag ? "True" : "False");
      case Long number -> out.append(number.longValue());
      case Double number -> out.append(realText(number));
      case List<?> list -> {
        out.append('[');
        for (int i = 0; i < list.size(); i++) {
          out.append(i == 0 ? "" : ", ");
          print(list.get(i), out);
        }
        out.append(']');
      }
      case Map<?, ?> map -> {
        out.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(separator);
          print(entry.getKey(), out);
          out.append(": ");
          print(entry.getValue(), out);
          separator = ", ";
        }
        out.append('}');
      }
      default -> out.append('<').append(type(value)).append('>');
    }
  }

  static String realText(double number) {
    if (number == Math.rint(number) && Math.abs(number) < 1e16) {
      return (long) number + ".0";
    }
    return Double.toString(number).replace("E-", "e-").replace("E", "e+");
  }

  private static void quote(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      switch (unit) {
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        case '\r' -> out.append("\\r");
        case '\\' -> out.append("\\\\");
        default -> out.append(unit == quote ? "\\" : "").append(unit);
      }
    }
    out.append(quote);
  }

  static String type(Object value) {
    return switch (value) {
      case Nothing nothing -> nothing == Nothing.NONE ? "none" : "what is not defined";
      case String text -> "a text";
      case List<?> list -> "a list";
      case Map<?, ?> map -> "a dictionary";
      case Boolean flag -> "a truth value";
      case Long number -> "a number";
      case Double number -> "a number";
      default -> "a function";
    };
  }
}
