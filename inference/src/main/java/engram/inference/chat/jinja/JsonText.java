package engram.inference.chat.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// `tojson` as chat templates expect it: what Python's `json.dumps` writes, with characters beyond
/// ASCII as they are.
final class JsonText {
  private static final int MAX_DEPTH = 100;

  private final StringBuilder out = new StringBuilder();
  private final Budget budget;
  private final int indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean ascii;
  private final boolean sorted;

  private JsonText(Budget budget, Given given) {
    this.budget = budget;
    this.ascii = Values.truth(given.get(-1, "ensure_ascii", false));
    this.sorted = Values.truth(given.get(-1, "sort_keys", false));
    Object width = given.get(0, "indent", Nothing.NONE);
    this.indent = width == Nothing.NONE ? -1 : Math.clamp(Values.whole(width), 0, 64);
    Object separators = given.get(-1, "separators", Nothing.NONE);
    if (separators instanceof List<?> pair && pair.size() == 2) {
      itemSeparator = Values.text(pair.get(0));
      keySeparator = Values.text(pair.get(1));
    } else {
      itemSeparator = indent < 0 ? ", " : ",";
      keySeparator = ": ";
    }
  }

  static String of(Object value, Given given, Budget budget) {
    JsonText text = new JsonText(budget, given);
    text.write(value, 0);
    return text.out.toString();
  }

  private void write(Object value, int depth) {
    budget.step();
    if (depth > MAX_DEPTH) {
      throw new TemplateException("a value is nested deeper than " + MAX_DEPTH);
    }
    int before = out.length();
    switch (value) {
      case String text -> string(text);
      case Boolean flag -> out.append(flag.booleanValue());
      case Long number -> out.append(number.longValue());
      case Double number -> out.append(Values.realText(number));
      case Nothing nothing when nothing == Nothing.NONE -> out.append("null");
      case List<?> list -> list(list, depth);
      case Map<?, ?> map -> dictionary(sorted ? ordered(map) : map, depth);
      default -> throw new TemplateException(Values.type(value) + " has no JSON");
    }
    budget.make((long) out.length() - before);
  }

  private static Map<String, Object> ordered(Map<?, ?> map) {
    Map<String, Object> ordered = new TreeMap<>();
    map.forEach((key, value) -> ordered.put(Values.text(key), value));
    return ordered;
  }

  private void list(List<?> list, int depth) {
    out.append('[');
    Iterator<?> items = list.iterator();
    while (items.hasNext()) {
      line(depth + 1);
      write(items.next(), depth + 1);
      out.append(items.hasNext() ? itemSeparator : "");
    }
    if (!list.isEmpty()) {
      line(depth);
    }
    out.append(']');
  }

  private void dictionary(Map<?, ?> map, int depth) {
    out.append('{');
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      line(depth + 1);
      string(Values.text(entry.getKey()));
      out.append(keySeparator);
      write(entry.getValue(), depth + 1);
      out.append(entries.hasNext() ? itemSeparator : "");
    }
    if (!map.isEmpty()) {
      line(depth);
    }
    out.append('}');
  }

  private void line(int depth) {
    if (indent >= 0) {
      out.append('\n').append(" ".repeat(indent * depth));
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      switch (unit) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (unit < ' ' || (ascii && unit > '~')) {
            out.append(String.format("\\u%04x", (int) unit));
          } else {
            out.append(unit);
          }
        }
      }
    }
    out.append('"');
  }
}
