package engram.inference.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Arithmetic, joining, and parts of values. What makes something larger asks the budget first.
final class Operators {
  private static final int MAX_EXPONENT = 64;

  private Operators() {}

  static Object binary(String operator, Object left, Object right, Budget budget) {
    return switch (operator) {
      case "~" -> joined(Values.text(left), Values.text(right), budget);
      case "+" -> add(left, right, budget);
      case "*" -> multiply(left, right, budget);
      case "%" -> left instanceof String text ? format(text, right, budget) : modulo(left, right);
      default -> arithmetic(operator, left, right);
    };
  }

  private static Object add(Object left, Object right, Budget budget) {
    if (left instanceof String a && right instanceof String b) {
      return joined(a, b, budget);
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      budget.make((long) a.size() + b.size());
      List<Object> both = new ArrayList<>(a);
      both.addAll(b);
      return both;
    }
    if (!Values.isNumber(left) || !Values.isNumber(right)) {
      throw new TemplateException(
          Values.type(left) + " and " + Values.type(right) + " cannot be added");
    }
    return arithmetic("+", left, right);
  }

  private static Object multiply(Object left, Object right, Budget budget) {
    boolean leftRepeats = left instanceof String || left instanceof List<?>;
    Object repeated = leftRepeats ? left : right;
    Object times = leftRepeats ? right : left;
    if (repeated instanceof String text && times instanceof Long count) {
      int repeats = repeats(text.length(), count, budget);
      return text.repeat(repeats);
    }
    if (repeated instanceof List<?> list && times instanceof Long count) {
      List<Object> items = new ArrayList<>();
      for (int i = repeats(list.size(), count, budget); i > 0; i--) {
        items.addAll(list);
      }
      return items;
    }
    return arithmetic("*", left, right);
  }

  private static int repeats(int size, long count, Budget budget) {
    long repeats = Math.max(0, Math.min(count, Budget.MAX_CHARACTERS + 1L));
    budget.make(Math.multiplyExact(repeats, Math.max(1, size)));
    return (int) repeats;
  }

  private static Object modulo(Object left, Object right) {
    if (left instanceof Double || right instanceof Double) {
      double divisor = nonZero(Values.real(right));
      double rest = Values.real(left) % divisor;
      return rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest;
    }
    return Math.floorMod(Values.whole(left), nonZero(Values.whole(right)));
  }

  private static Object arithmetic(String operator, Object left, Object right) {
    boolean real = left instanceof Double || right instanceof Double;
    double a = Values.real(left);
    double b = Values.real(right);
    try {
      return switch (operator) {
        case "+" -> real ? (Object) (a + b) : (Object) Math.addExact(whole(left), whole(right));
        case "-" ->
            real ? (Object) (a - b) : (Object) Math.subtractExact(whole(left), whole(right));
        case "*" ->
            real ? (Object) (a * b) : (Object) Math.multiplyExact(whole(left), whole(right));
        case "/" -> a / nonZero(b);
        case "//" ->
            real
                ? (Object) Math.floor(a / nonZero(b))
                : (Object) Math.floorDiv(whole(left), nonZero(whole(right)));
        case "**" -> power(a, b, real || b < 0);
        default -> throw new TemplateException("'" + operator + "' is not known");
      };
    } catch (ArithmeticException tooLarge) {
      throw new TemplateException("a number is larger than 64 bits");
    }
  }

  private static long whole(Object value) {
    return Values.whole(value);
  }

  private static Object power(double base, double exponent, boolean real) {
    double result = Math.pow(base, exponent);
    if (!real && (Math.abs(result) > 1L << 53 || exponent > MAX_EXPONENT)) {
      throw new TemplateException("a number is larger than 53 bits");
    }
    return real ? (Object) result : (Object) (long) result;
  }

  private static double nonZero(double divisor) {
    if (divisor == 0) {
      throw new TemplateException("division by zero");
    }
    return divisor;
  }

  private static long nonZero(long divisor) {
    if (divisor == 0) {
      throw new TemplateException("division by zero");
    }
    return divisor;
  }

  /// `%s` and `%d` one after the other; `%%` is a percent sign.
  static String format(String pattern, Object arguments, Budget budget) {
    List<?> values = arguments instanceof List<?> list ? list : List.of(arguments);
    StringBuilder built = new StringBuilder();
    int next = 0;
    for (int i = 0; i < pattern.length(); i++) {
      char unit = pattern.charAt(i);
      char kind = unit == '%' && i + 1 < pattern.length() ? pattern.charAt(i + 1) : 0;
      if (kind == '%') {
        built.append('%');
        i++;
      } else if (kind == 's' || kind == 'd') {
        if (next == values.size()) {
          throw new TemplateException("'" + pattern + "' has more places than values");
        }
        built.append(Values.text(values.get(next++)));
        budget.make(built.length());
        i++;
      } else {
        built.append(unit);
      }
    }
    return built.toString();
  }

  static String joined(String left, String right, Budget budget) {
    budget.make((long) left.length() + right.length());
    return left + right;
  }

  /// `of[key]`, of what is not there [Nothing#UNDEFINED].
  static Object item(Object of, Object key) {
    return switch (of) {
      case Map<?, ?> map -> {
        Object value = Values.isPlain(key) ? map.get(key) : null;
        yield value == null ? Nothing.UNDEFINED : value;
      }
      case List<?> list when key instanceof Long index -> {
        long at = index < 0 ? index + list.size() : index;
        yield at < 0 || at >= list.size() ? Nothing.UNDEFINED : list.get((int) at);
      }
      case String text when key instanceof Long index -> {
        int length = text.codePointCount(0, text.length());
        long at = index < 0 ? index + length : index;
        yield at < 0 || at >= length
            ? Nothing.UNDEFINED
            : Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) at)));
      }
      case Nothing nothing ->
          throw new TemplateException(Values.type(of) + " has no item '" + Values.text(key) + "'");
      default -> Nothing.UNDEFINED;
    };
  }

  static Object slice(
      Object of, @Nullable Object from, @Nullable Object to, @Nullable Object step) {
    List<Object> items = Values.iterate(of);
    int size = items.size();
    long stride = step == null || step == Nothing.NONE ? 1 : Values.whole(step);
    if (stride == 0) {
      throw new TemplateException("a slice has a step of 0");
    }
    long start = bound(from, size, stride, stride > 0 ? 0 : size - 1L);
    long end = bound(to, size, stride, stride > 0 ? size : -1);
    List<Object> taken = new ArrayList<>();
    for (long i = start; stride > 0 ? i < end : i > end; i += stride) {
      taken.add(items.get((int) i));
    }
    if (!(of instanceof String)) {
      return taken;
    }
    StringBuilder text = new StringBuilder();
    taken.forEach(text::append);
    return text.toString();
  }

  private static long bound(@Nullable Object value, int size, long stride, long otherwise) {
    if (value == null || value == Nothing.NONE) {
      return otherwise;
    }
    long index = Values.whole(value);
    long at = index < 0 ? index + size : index;
    return stride > 0 ? Math.clamp(at, 0, size) : Math.clamp(at, -1, size - 1L);
  }
}
