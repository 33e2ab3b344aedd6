package engram.api.openai.local;

import static engram.api.openai.RequestFields.given;

import engram.api.openai.RequestProblem;
import engram.inference.OutputFormat;
import engram.inference.chat.Tool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The functions that a model may call, and whether it must.
///
/// @param forced of which one has to be called; empty where the model may answer in words
/// @param parallel whether an answer may have several calls
public record ToolSet(List<Tool> tools, List<Tool> forced, boolean parallel) {
  public static final ToolSet NONE = new ToolSet(List.of(), List.of(), true);

  private static final int TOOLS_MAX = 128;
  private static final JsonMapper JSON = JsonMapper.shared();

  public ToolSet {
    tools = List.copyOf(tools);
    forced = List.copyOf(forced);
  }

  /// @param tools chat's, whose functions lie one object deeper than those of responses
  public static ToolSet read(
      @Nullable JsonNode tools, @Nullable JsonNode choice, @Nullable Boolean parallel) {
    if (tools == null || !given(tools)) {
      if (given(choice) && !Set.of("none", "auto").contains(String.valueOf(text(choice)))) {
        throw RequestProblem.invalid("tool_choice", "'tool_choice' needs 'tools' to choose from.");
      }
      return NONE;
    }
    if ("none".equals(text(choice))) {
      return NONE;
    }
    if (!tools.isArray() || tools.size() > TOOLS_MAX) {
      throw RequestProblem.invalid(
          "tools", "'tools' is an array of at most " + TOOLS_MAX + " functions.");
    }
    List<Tool> read = new ArrayList<>();
    for (JsonNode tool : tools) {
      read.add(tool(tool, "tools[" + read.size() + "]"));
    }
    return new ToolSet(read, forced(read, choice), !Boolean.FALSE.equals(parallel));
  }

  private static Tool tool(JsonNode tool, String at) {
    String type = tool.path("type").asString("");
    if (!type.equals("function")) {
      throw RequestProblem.unsupported(
          at + ".type",
          "Tool type '" + type + "' is not supported by models of this process; 'function' is.");
    }
    JsonNode function = tool.path("function").isObject() ? tool.path("function") : tool;
    String name = function.path("name").asString("");
    if (!name.matches("[A-Za-z0-9_.-]{1,64}")) {
      throw RequestProblem.invalid(
          at + ".function.name", "A function's name has 1 to 64 letters, digits, '_', '.' or '-'.");
    }
    JsonNode parameters = function.path("parameters");
    return new Tool(
        name,
        function.path("description").asString(""),
        parameters.isObject() ? map(parameters) : Map.of("type", "object", "properties", Map.of()));
  }

  @SuppressWarnings("unchecked") // an object is a map with strings for keys
  static Map<String, Object> map(JsonNode object) {
    return (Map<String, Object>) JSON.convertValue(object, LinkedHashMap.class);
  }

  private static List<Tool> forced(List<Tool> tools, @Nullable JsonNode choice) {
    if (choice == null || choice.isNull() || "auto".equals(text(choice))) {
      return List.of();
    }
    if ("required".equals(text(choice))) {
      return tools;
    }
    JsonNode function = choice.path("function").isObject() ? choice.path("function") : choice;
    String name = function.path("name").asString("");
    List<Tool> named = tools.stream().filter(tool -> tool.name().equals(name)).toList();
    if (named.isEmpty()) {
      throw RequestProblem.invalid(
          "tool_choice",
          "'tool_choice' is 'none', 'auto', 'required' or the name of one of the functions.");
    }
    return named;
  }

  private static @Nullable String text(@Nullable JsonNode choice) {
    return choice != null && choice.isString() ? choice.stringValue() : null;
  }

  /// One call of a forced function, as JSON: the one form that every model can be held to.
  OutputFormat forcedFormat() {
    List<Map<String, Object>> calls = new ArrayList<>();
    for (Tool tool : forced) {
      Map<String, Object> properties = new LinkedHashMap<>();
      properties.put("name", Map.of("const", tool.name()));
      properties.put("arguments", tool.parameters());
      calls.add(
          Map.of(
              "type",
              "object",
              "properties",
              properties,
              "required",
              List.of("name", "arguments"),
              "additionalProperties",
              false));
    }
    return new OutputFormat.JsonSchema(
        JSON.writeValueAsString(calls.size() == 1 ? calls.getFirst() : Map.of("anyOf", calls)));
  }
}
