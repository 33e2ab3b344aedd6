package engram.inference.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A call of a tool that a model asks for.
///
/// @param id by which the result is matched
/// @param arguments values of JSON: strings, numbers, truth values, null, lists and maps
public record ToolCall(String id, String name, Map<String, Object> arguments) {
  public ToolCall {
    // Not Map.copyOf: arguments may be null and keep their order.
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
  }
}
