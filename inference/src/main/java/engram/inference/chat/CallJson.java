package engram.inference.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Calls of tools out of a model's JSON, which may be anything.
final class CallJson {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Supplier<String> ids;

  CallJson(Supplier<String> ids) {
    this.ids = ids;
  }

  /// One object with a name and arguments.
  Optional<ToolCall> call(String text) {
    return read(text).flatMap(this::call);
  }

  /// An array of such objects, or one; empty unless all are calls.
  List<ToolCall> calls(String text) {
    List<ToolCall> calls = new ArrayList<>();
    Optional<JsonNode> root = read(text);
    if (root.isEmpty()) {
      return calls;
    }
    for (JsonNode each : root.get().isArray() ? root.get() : List.of(root.get())) {
      Optional<ToolCall> call = call(each);
      if (call.isEmpty()) {
        return List.of();
      }
      calls.add(call.get());
    }
    return calls;
  }

  /// A call whose name stands before its arguments.
  Optional<ToolCall> named(String name, String arguments) {
    return read(arguments)
        .filter(node -> node.isObject() && !name.isEmpty())
        .map(node -> new ToolCall(ids.get(), name, map(node)));
  }

  private Optional<ToolCall> call(JsonNode node) {
    JsonNode function = node.path("function").isObject() ? node.path("function") : node;
    JsonNode name = function.path("name");
    JsonNode arguments =
        function.has("arguments") ? function.path("arguments") : function.path("parameters");
    if (arguments.isString()) {
      arguments = read(arguments.stringValue()).orElse(arguments);
    }
    if (!name.isString() || name.stringValue().isBlank()) {
      return Optional.empty();
    }
    boolean none = arguments.isMissingNode() || arguments.isNull();
    if (!none && !arguments.isObject()) {
      return Optional.empty();
    }
    JsonNode id = node.path("id");
    return Optional.of(
        new ToolCall(
            id.isString() ? id.stringValue() : ids.get(),
            name.stringValue(),
            none ? Map.of() : map(arguments)));
  }

  @SuppressWarnings("unchecked") // an object is a map with strings for keys
  private static Map<String, Object> map(JsonNode object) {
    return (Map<String, Object>) MAPPER.convertValue(object, LinkedHashMap.class);
  }

  private static Optional<JsonNode> read(String text) {
    try {
      return Optional.ofNullable(MAPPER.readTree(text)).filter(node -> !node.isMissingNode());
    } catch (JacksonException noJson) {
      return Optional.empty();
    }
  }

  /// Where the object or array that begins at `start` ends.
  ///
  /// @return -1 while it has no end
  static int endOfValue(CharSequence text, int start) {
    int depth = 0;
    boolean quoted = false;
    for (int i = start; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (quoted) {
        if (unit == '\\') {
          i++;
        } else if (unit == '"') {
          quoted = false;
        }
      } else if (unit == '"') {
        quoted = true;
      } else if (unit == '{' || unit == '[') {
        depth++;
      } else if ((unit == '}' || unit == ']') && --depth == 0) {
        return i + 1;
      }
    }
    return -1;
  }
}
