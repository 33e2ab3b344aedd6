package engram.inference.chat.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The functions that every template has.
final class Globals {
  private static final int MAX_RANGE = 100_000;
  private static final long BYTES_OF_NUMBER = 24;

  private Globals() {}

  static Map<String, Object> of(Budget budget) {
    Map<String, Object> globals = new HashMap<>();
    globals.put("range", (Callable) (positional, named) -> range(positional, budget));
    globals.put(
        "namespace", (Callable) (positional, named) -> new Namespace(new LinkedHashMap<>(named)));
    globals.put("dict", (Callable) (positional, named) -> new LinkedHashMap<>(named));
    return globals;
  }

  private static Object range(List<Object> positional, Budget budget) {
    if (positional.isEmpty()) {
      throw new TemplateException("an argument is missing");
    }
    long from = positional.size() > 1 ? Values.whole(positional.get(0)) : 0;
    long to = Values.whole(positional.get(positional.size() > 1 ? 1 : 0));
    long step = positional.size() > 2 ? Values.whole(positional.get(2)) : 1;
    if (step == 0) {
      throw new TemplateException("a range has a step of 0");
    }
    List<Object> items = new ArrayList<>();
    for (long i = from; step > 0 ? i < to : i > to; i += step) {
      if (items.size() == MAX_RANGE) {
        throw new TemplateException("a range is longer than " + MAX_RANGE);
      }
      items.add(i);
    }
    budget.make(BYTES_OF_NUMBER * items.size());
    return items;
  }
}
