package engram.inference.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A tool that a model may call.
///
/// @param parameters the JSON schema of its arguments
public record Tool(String name, String description, Map<String, Object> parameters) {
  public Tool {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }
}
