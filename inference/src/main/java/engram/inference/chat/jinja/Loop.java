package engram.inference.chat.jinja;

import java.util.List;

/// What `loop` is within a loop: where it is.
record Loop(List<Object> items, int index) {
  Object attribute(String name) {
    long size = items.size();
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> size - index;
      case "revindex0" -> size - index - 1;
      case "first" -> index == 0;
      case "last" -> index == size - 1;
      case "length" -> size;
      case "previtem" -> index == 0 ? Nothing.UNDEFINED : items.get(index - 1);
      case "nextitem" -> index == size - 1 ? Nothing.UNDEFINED : items.get(index + 1);
      case "cycle" ->
          (Callable)
              (positional, named) -> {
                if (positional.isEmpty()) {
                  throw new TemplateException("an argument is missing");
                }
                return positional.get(index % positional.size());
              };
      default -> Nothing.UNDEFINED;
    };
  }
}
