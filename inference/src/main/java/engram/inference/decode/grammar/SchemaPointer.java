package engram.inference.decode.grammar;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/// References within a schema: `#` and a JSON pointer (RFC 6901).
final class SchemaPointer {
  private SchemaPointer() {}

  /// @throws GrammarException if nothing is there
  static JsonNode resolve(JsonNode root, String pointer) {
    JsonNode node = root;
    String path = pointer.substring(1);
    if (!path.isEmpty() && !path.startsWith("/")) {
      throw new GrammarException("$ref " + pointer + ": only pointers are supported, no names");
    }
    String[] steps = path.isEmpty() ? new String[0] : path.substring(1).split("/", -1);
    for (String step : steps) {
      String name = unescape(step, pointer);
      JsonNode next = null;
      if (node.isObject()) {
        next = node.get(name);
      } else if (node.isArray() && name.matches("[0-9]{1,9}")) {
        next = node.get(Integer.parseInt(name));
      }
      if (next == null) {
        throw new GrammarException("$ref " + pointer + " points at nothing");
      }
      node = next;
    }
    return node;
  }

  static String escape(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  private static String unescape(String step, String pointer) {
    try {
      return URLDecoder.decode(step.replace("+", "%2B"), StandardCharsets.UTF_8)
          .replace("~1", "/")
          .replace("~0", "~");
    } catch (IllegalArgumentException e) {
      throw new GrammarException("$ref " + pointer + " has a broken escape");
    }
  }
}
