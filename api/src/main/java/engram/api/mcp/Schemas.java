package engram.api.mcp;

import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// How the tools are described to a model: JSON schemas of their arguments.
final class Schemas {
  private final Map<String, Object> properties = new LinkedHashMap<>();
  private final List<String> required;

  private Schemas(String... required) {
    this.required = List.of(required);
  }

  /// Arguments of every tool, then its own.
  static Schemas of(String... required) {
    Schemas schema = new Schemas(required);
    return schema
        .text("user", "Whose memories; \"\" for those that all users share")
        .text("agent", "Which assistant's; left out for none in particular")
        .text("run", "Which piece of work's; left out for none in particular");
  }

  Schemas text(String name, String description) {
    return add(name, Map.of("type", "string", "description", description));
  }

  Schemas time(String name, String description) {
    return add(name, Map.of("type", "string", "format", "date-time", "description", description));
  }

  Schemas whole(String name, String description) {
    return add(name, Map.of("type", "integer", "description", description));
  }

  Schemas flag(String name, String description) {
    return add(name, Map.of("type", "boolean", "description", description));
  }

  Schemas numbers(String name, String description) {
    return add(
        name,
        Map.of("type", "array", "items", Map.of("type", "integer"), "description", description));
  }

  private Schemas add(String name, Map<String, Object> schema) {
    properties.put(name, schema);
    return this;
  }

  Set<String> names() {
    return properties.keySet();
  }

  Tool tool(String name, String description, boolean reads, boolean destroys) {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    schema.put("properties", properties);
    schema.put("required", required);
    schema.put("additionalProperties", false);
    return Tool.builder(name, schema)
        .description(description)
        .annotations(
            ToolAnnotations.builder()
                .title(name)
                .readOnlyHint(reads)
                .destructiveHint(destroys)
                .idempotentHint(reads)
                .openWorldHint(false)
                .build())
        .build();
  }
}
