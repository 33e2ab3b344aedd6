package engram.api.openai.responses;

import engram.api.openai.Dialogue;
import engram.api.openai.RequestProblem;
import engram.api.openai.local.LocalMessages;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The input of a response: read, and put into the shape in which it is listed again.
final class InputItems {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private InputItems() {}

  /// @param calls whether calls of functions are among the items, which only models of this process
  ///   can read
  record Input(ArrayNode items, List<Dialogue.Line> lines, boolean calls) {
    void refuseCalls() {
      if (calls) {
        throw RequestProblem.unsupported(
            "input", "Calls of functions are supported by models of this process only.");
      }
    }
  }

  /// @param input a string, or message items; items of earlier searches are skipped
  static Input read(@Nullable JsonNode input) {
    ArrayNode items = NODES.arrayNode();
    List<Dialogue.Line> lines = new ArrayList<>();
    if (input != null && input.isString()) {
      lines.add(new Dialogue.Line(Dialogue.Speaker.USER, input.stringValue()));
      items.add(item("user", input.stringValue()));
    } else if (input != null && input.isArray()) {
      int index = 0;
      for (JsonNode one : input) {
        add(one, "input[" + index + "]", items, lines);
        index++;
      }
    }
    if (items.isEmpty()) {
      throw RequestProblem.invalid(
          "input", "'input' is a string, or an array with at least one message.");
    }
    return new Input(items, lines, items.size() > lines.size());
  }

  private static void add(JsonNode one, String param, ArrayNode items, List<Dialogue.Line> lines) {
    String type = one.path("type").asString("message");
    switch (type) {
      case "message" -> {
        Dialogue.Line line = Dialogue.line(one, param);
        lines.add(line);
        items.add(item(one.path("role").asString("user"), line.text()));
      }
      case "function_call", "function_call_output" -> {
        ObjectNode item = one.isObject() ? ((ObjectNode) one).deepCopy() : NODES.objectNode();
        if (!item.hasNonNull("id")) {
          item.put("id", Ids.of(type.equals("function_call") ? "fc" : "fco"));
        }
        items.add(item);
      }
      // Clients send back the output of earlier turns; what was found then is in the answer.
      case "file_search_call", "reasoning" -> {}
      default ->
          throw RequestProblem.unsupported(
              param + ".type", "Input of type '" + type + "' is not supported; messages are.");
    }
  }

  /// Adds an item to what a model of this process reads.
  static void add(JsonNode item, String param, LocalMessages messages) {
    switch (item.path("type").asString("message")) {
      case "message" -> messages.add(item, param);
      case "function_call" ->
          messages.addCall(
              item.path("call_id").asString(""),
              item.path("name").asString(""),
              item.path("arguments"),
              param);
      case "function_call_output" ->
          messages.addResult(
              item.path("call_id").asString(""),
              Dialogue.content(item.get("output"), param + ".output"),
              param);
      default -> {}
    }
  }

  private static ObjectNode item(String role, String text) {
    boolean assistant = role.equals("assistant");
    ObjectNode part = NODES.objectNode();
    part.put("type", assistant ? "output_text" : "input_text");
    part.put("text", text);
    if (assistant) {
      part.set("annotations", NODES.arrayNode());
    }
    ObjectNode item = NODES.objectNode();
    item.put("id", Ids.of("msg"));
    item.put("type", "message");
    item.put("status", "completed");
    item.put("role", role);
    item.set("content", NODES.arrayNode().add(part));
    return item;
  }

  /// What a stored response said.
  static String outputText(JsonNode response) {
    StringBuilder text = new StringBuilder();
    for (JsonNode item : response.path("output")) {
      for (JsonNode part : item.path("content")) {
        text.append(part.path("text").asString(""));
      }
    }
    return text.toString();
  }
}
