package engram.inference.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The methods of Python's texts, dictionaries and lists that templates call; none changes its
/// value.
final class Methods {
  private Methods() {}

  /// @return null where the value has no such method
  static @Nullable Callable find(Object of, String name, Budget budget) {
    return switch (of) {
      case String text -> ofText(text, name, budget);
      case Map<?, ?> map -> ofMap(map, name, budget);
      case List<?> list -> ofList(list, name);
      default -> null;
    };
  }

  private static @Nullable Callable ofText(String text, String name, Budget budget) {
    return switch (name) {
      case "strip" -> of(given -> strip(text, given, true, true));
      case "lstrip" -> of(given -> strip(text, given, true, false));
      case "rstrip" -> of(given -> strip(text, given, false, true));
      case "split" -> of(given -> split(text, given, false, budget));
      case "rsplit" -> of(given -> split(text, given, true, budget));
      case "splitlines" ->
          of(given -> {
            budget.make(text.length());
            return new ArrayList<Object>(text.lines().toList());
          });
      case "startswith" -> of(given -> affix(given.need(0, "prefix"), text, true));
      case "endswith" -> of(given -> affix(given.need(0, "suffix"), text, false));
      case "removeprefix" ->
          of(given -> {
            String prefix = Values.text(given.need(0, "prefix"));
            return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
          });
      case "removesuffix" ->
          of(given -> {
            String suffix = Values.text(given.need(0, "suffix"));
            return text.endsWith(suffix)
                ? text.substring(0, text.length() - suffix.length())
                : text;
          });
      case "replace" ->
          of(given ->
              replaced(
                  text,
                  Values.text(given.need(0, "old")),
                  Values.text(given.need(1, "new")),
                  Values.whole(given.get(2, "count", -1L)),
                  budget));
      case "upper" -> of(given -> text.toUpperCase(Locale.ROOT));
      case "lower" -> of(given -> text.toLowerCase(Locale.ROOT));
      case "title" -> of(given -> titled(text));
      case "capitalize" -> of(given -> capitalized(text));
      case "find" -> of(given -> (long) text.indexOf(Values.text(given.need(0, "sub"))));
      case "rfind" -> of(given -> (long) text.lastIndexOf(Values.text(given.need(0, "sub"))));
      case "count" -> of(given -> count(text, Values.text(given.need(0, "sub"))));
      case "join" -> of(given -> joined(text, Values.iterate(given.need(0, "items")), budget));
      case "isdigit", "isnumeric", "isdecimal" ->
          of(given -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit));
      case "isalpha" ->
          of(given -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetter));
      case "isspace" -> of(given -> !text.isEmpty() && text.isBlank());
      case "isupper" -> of(given -> Tests.holds("upper", text, List.of(), 0));
      case "islower" -> of(given -> Tests.holds("lower", text, List.of(), 0));
      default -> null;
    };
  }

  private static @Nullable Callable ofMap(Map<?, ?> map, String name, Budget budget) {
    return switch (name) {
      case "items" ->
          of(given -> {
            budget.make(map.size());
            List<Object> items = new ArrayList<>();
            map.forEach((key, value) -> items.add(List.of(key, value)));
            return items;
          });
      case "keys" -> of(given -> new ArrayList<Object>(map.keySet()));
      case "values" -> of(given -> new ArrayList<Object>(map.values()));
      case "get" ->
          of(given -> {
            Object key = given.need(0, "key");
            Object value = Values.isPlain(key) ? map.get(key) : null;
            return value == null ? given.get(1, "default", Nothing.NONE) : value;
          });
      default -> null;
    };
  }

  private static @Nullable Callable ofList(List<?> list, String name) {
    return switch (name) {
      case "count" ->
          of(given -> {
            Object what = given.need(0, "value");
            return list.stream().filter(item -> Values.equal(item, what)).count();
          });
      case "index" ->
          of(given -> {
            Object what = given.need(0, "value");
            for (int i = 0; i < list.size(); i++) {
              if (Values.equal(list.get(i), what)) {
                return (long) i;
              }
            }
            throw new TemplateException("the list does not contain the value");
          });
      default -> null;
    };
  }

  private interface Method {
    Object apply(Given given);
  }

  private static Callable of(Method method) {
    return (positional, named) -> method.apply(new Given(positional, named));
  }

  static String strip(String text, Given given, boolean left, boolean right) {
    Object set = given.get(0, "chars", Nothing.NONE);
    String characters = set instanceof String chosen ? chosen : null;
    int start = 0;
    int end = text.length();
    while (left && start < end && stripped(text.charAt(start), characters)) {
      start++;
    }
    while (right && start < end && stripped(text.charAt(end - 1), characters)) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean stripped(char unit, @Nullable String characters) {
    return characters == null
        ? Character.isWhitespace(unit) || Character.isSpaceChar(unit) || unit == 0x85
        : characters.indexOf(unit) >= 0;
  }

  private static List<Object> split(String text, Given given, boolean fromEnd, Budget budget) {
    budget.make(text.length());
    Object separator = given.get(0, "sep", Nothing.NONE);
    long most = Values.whole(given.get(1, "maxsplit", -1L));
    List<Object> parts = new ArrayList<>();
    if (!(separator instanceof String by)) {
      String stripped = text.strip();
      if (!stripped.isEmpty()) {
        parts.addAll(
            List.of(stripped.split("\\s+", most < 0 ? 0 : (int) Math.min(most + 1, 1 << 30))));
      }
      return parts;
    }
    if (by.isEmpty()) {
      throw new TemplateException("a text cannot be split by an empty one");
    }
    String rest = text;
    while (most != 0) {
      int at = fromEnd ? rest.lastIndexOf(by) : rest.indexOf(by);
      if (at < 0) {
        break;
      }
      budget.step();
      if (fromEnd) {
        parts.addFirst(rest.substring(at + by.length()));
        rest = rest.substring(0, at);
      } else {
        parts.add(rest.substring(0, at));
        rest = rest.substring(at + by.length());
      }
      budget.make(rest.length() / 64); // what was copied
      most--;
    }
    if (fromEnd) {
      parts.addFirst(rest);
    } else {
      parts.add(rest);
    }
    return parts;
  }

  private static boolean affix(Object affixes, String text, boolean atBeginning) {
    List<?> each = affixes instanceof List<?> list ? list : List.of(affixes);
    return each.stream()
        .map(Values::text)
        .anyMatch(affix -> atBeginning ? text.startsWith(affix) : text.endsWith(affix));
  }

  static String replaced(String text, String old, String by, long most, Budget budget) {
    if (old.isEmpty()) {
      throw new TemplateException("an empty text cannot be replaced");
    }
    StringBuilder built = new StringBuilder();
    int from = 0;
    for (long left = most; left != 0; left--) {
      int at = text.indexOf(old, from);
      if (at < 0) {
        break;
      }
      budget.make((long) at - from + by.length());
      built.append(text, from, at).append(by);
      from = at + old.length();
    }
    budget.make((long) text.length() - from);
    return built.append(text, from, text.length()).toString();
  }

  private static long count(String text, String what) {
    long count = 0;
    for (int at = text.indexOf(what); at >= 0 && !what.isEmpty(); ) {
      count++;
      at = text.indexOf(what, at + what.length());
    }
    return count;
  }

  static String joined(String by, List<Object> items, Budget budget) {
    StringBuilder built = new StringBuilder();
    for (int i = 0; i < items.size(); i++) {
      String item = Values.text(items.get(i));
      budget.make((long) item.length() + by.length());
      built.append(i == 0 ? "" : by).append(item);
    }
    return built.toString();
  }

  static String capitalized(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int end = text.offsetByCodePoints(0, 1);
    return text.substring(0, end).toUpperCase(Locale.ROOT)
        + text.substring(end).toLowerCase(Locale.ROOT);
  }

  static String titled(String text) {
    StringBuilder built = new StringBuilder();
    boolean inside = false;
    for (int codePoint : text.codePoints().toArray()) {
      built.appendCodePoint(
          inside ? Character.toLowerCase(codePoint) : Character.toTitleCase(codePoint));
      inside = Character.isLetter(codePoint);
    }
    return built.toString();
  }
}
