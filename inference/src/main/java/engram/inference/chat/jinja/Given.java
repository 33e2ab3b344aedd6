package engram.inference.chat.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Arguments as a filter or method was given them.
record Given(List<Object> positional, Map<String, Object> named) {
  /// The argument at a place or of a name; null where there is neither.
  @Nullable Object get(int index, String name) {
    return index >= 0 && index < positional.size() ? positional.get(index) : named.get(name);
  }

  Object get(int index, String name, Object otherwise) {
    Object value = get(index, name);
    return value == null ? otherwise : value;
  }

  Object need(int index, String name) {
    Object value = get(index, name);
    if (value == null) {
      throw new TemplateException("the argument '" + name + "' is missing");
    }
    return value;
  }
}
