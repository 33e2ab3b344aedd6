package engram.inference.chat.jinja;

import java.util.List;
import java.util.Map;

/// What a template can call: a macro, a function given to it, a method of a value.
interface Callable {
  Object call(List<Object> positional, Map<String, Object> named);
}
