package engram.inference.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Names and what they stand for; what is not here is looked for outside.
record Scope(Map<String, Object> names, @Nullable Scope outer) {
  Scope inner() {
    return new Scope(new HashMap<>(), this);
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Object value = scope.names.get(name);
      if (value != null) {
        return value;
      }
    }
    return Nothing.UNDEFINED;
  }
}
