package engram.retrieval;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A condition on a document's attributes. Attribute values are strings, numbers or booleans.
///
/// A comparison with an attribute that the document lacks, or that has another type, is false; so
/// `NE` and `NIN` too are false on a document without the attribute. Strings are ordered by code
/// point, half of a surrogate pair counting as U+FFFD, as it would in UTF-8. [#matches] is the
/// definition; the Lucene filter is its fast twin.
public sealed interface Filter {
  boolean matches(Map<String, Object> attributes);

  enum Operator {
    EQ,
    NE,
    GT,
    GTE,
    LT,
    LTE
  }

  /// @param value a `String`, `Double` or `Boolean`; order comparisons take strings and numbers
  record Comparison(String key, Operator operator, Object value) implements Filter {
    public Comparison {
      value = wanted(value);
      if (value instanceof Boolean && operator != Operator.EQ && operator != Operator.NE) {
        throw new IllegalArgumentException(
            "'" + key + "': a boolean can only be compared by eq or ne");
      }
    }

    @Override
    public boolean matches(Map<String, Object> attributes) {
      Object actual = comparable(attributes.get(key), value);
      if (actual == null) {
        return false;
      }
      int order = compare(actual, value);
      return switch (operator) {
        case EQ -> order == 0;
        case NE -> order != 0;
        case GT -> order > 0;
        case GTE -> order >= 0;
        case LT -> order < 0;
        case LTE -> order <= 0;
      };
    }
  }

  /// One of some values of one type, or none of them.
  record Membership(String key, List<Object> values, boolean negated) implements Filter {
    public Membership {
      values = values.stream().map(Filter::wanted).toList();
      if (values.stream().map(Object::getClass).distinct().count() != 1) {
        throw new IllegalArgumentException(
            "'" + key + "': in and nin take values of one type, at least one");
      }
    }

    @Override
    public boolean matches(Map<String, Object> attributes) {
      Object actual = comparable(attributes.get(key), values.getFirst());
      return actual != null && values.contains(actual) != negated;
    }
  }

  record And(List<Filter> filters) implements Filter {
    public And {
      filters = List.copyOf(filters);
    }

    @Override
    public boolean matches(Map<String, Object> attributes) {
      return filters.stream().allMatch(filter -> filter.matches(attributes));
    }
  }

  record Or(List<Filter> filters) implements Filter {
    public Or {
      filters = List.copyOf(filters);
    }

    @Override
    public boolean matches(Map<String, Object> attributes) {
      return filters.stream().anyMatch(filter -> filter.matches(attributes));
    }
  }

  /// Both, where either may be absent.
  static @Nullable Filter both(@Nullable Filter left, @Nullable Filter right) {
    if (left == null || right == null) {
      return left == null ? right : left;
    }
    return new And(List.of(left, right));
  }

  private static Object wanted(Object value) {
    Object normal = normalise(value);
    if (normal == null) {
      throw new IllegalArgumentException(
          "a filter value is a string, a finite number or a boolean");
    }
    return normal;
  }

  /// Null for what cannot be compared.
  private static @Nullable Object normalise(@Nullable Object value) {
    return switch (value) {
      case String text -> wellFormed(text);
      case Boolean flag -> flag;
      // Adding zero turns -0.0 into 0.0, which compare as equal but are not.
      case Number number when Double.isFinite(number.doubleValue()) -> number.doubleValue() + 0.0;
      case null, default -> null;
    };
  }

  private static String wellFormed(String text) {
    StringBuilder mended = null;
    for (int i = 0; i < text.length(); i++) {
      if (!Character.isSurrogate(text.charAt(i))) {
        continue;
      }
      if (Character.isSupplementaryCodePoint(text.codePointAt(i))) {
        i++;
      } else {
        mended = mended == null ? new StringBuilder(text) : mended;
        mended.setCharAt(i, '\uFFFD');
      }
    }
    return mended == null ? text : mended.toString();
  }

  private static @Nullable Object comparable(@Nullable Object actual, Object wanted) {
    Object normal = normalise(actual);
    return normal != null && Objects.equals(normal.getClass(), wanted.getClass()) ? normal : null;
  }

  private static int compare(Object left, Object right) {
    return switch (left) {
      case String text -> compareCodePoints(text, (String) right);
      case Double number -> number.compareTo((Double) right);
      case Boolean flag -> flag.compareTo((Boolean) right);
      default -> throw new IllegalStateException("not normalised: " + left.getClass());
    };
  }

  private static int compareCodePoints(String left, String right) {
    int shorter = Math.min(left.length(), right.length());
    for (int i = 0; i < shorter; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        // In well-formed text a surrogate always stands for more than any other unit.
        boolean surrogate = Character.isSurrogate(a);
        return surrogate == Character.isSurrogate(b)
            ? Character.compare(a, b)
            : (surrogate ? 1 : -1);
      }
    }
    return Integer.compare(left.length(), right.length());
  }
}
