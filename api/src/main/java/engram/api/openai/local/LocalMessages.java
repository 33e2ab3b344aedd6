package engram.api.openai.local;

import engram.api.openai.Dialogue;
import engram.api.openai.RequestProblem;
import engram.inference.chat.ChatMessage;
import engram.inference.chat.ToolCall;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.BooleanNode;

/// Messages of a dialogue with their calls of functions, as a model's chat template takes them.
public final class LocalMessages {
  private static final int MESSAGES_MAX = 1_000;
  private static final int CHARS_MAX = 8_000_000;

  private final List<ChatMessage> messages = new ArrayList<>();
  private final Map<String, String> names = new HashMap<>();
  private long chars;

  /// `messages` of a chat request.
  public static List<ChatMessage> read(List<JsonNode> given) {
    LocalMessages read = new LocalMessages();
    for (int index = 0; index < given.size(); index++) {
      read.add(given.get(index), "messages[" + index + "]");
    }
    return read.all();
  }

  /// Oldest first.
  public List<ChatMessage> all() {
    return List.copyOf(messages);
  }

  /// @param message `{role, content}`, perhaps with `tool_calls` or `tool_call_id`
  /// @param param where it stands in the request, for messages
  public void add(JsonNode message, String param) {
    String role = message.path("role").asString("");
    switch (role) {
      case "system", "developer" -> add(ChatMessage.system(content(message, param)));
      case "user" -> add(ChatMessage.user(content(message, param)));
      case "assistant" -> {
        JsonNode calls = message.path("tool_calls");
        boolean calling = calls.isArray() && !calls.isEmpty();
        boolean silent = calling && !message.hasNonNull("content");
        String content = silent ? "" : content(message, param);
        List<ToolCall> read = new ArrayList<>();
        for (JsonNode call : calls) {
          JsonNode function = call.path("function");
          read.add(
              call(
                  call.path("id").asString(""),
                  function.path("name").asString(""),
                  function.path("arguments"),
                  param + ".tool_calls[" + read.size() + "]"));
        }
        add(calling ? ChatMessage.calling(content, read) : ChatMessage.assistant(content));
      }
      case "tool" ->
          addResult(message.path("tool_call_id").asString(""), content(message, param), param);
      default ->
          throw RequestProblem.invalid(
              param + ".role", "'role' is 'system', 'developer', 'user', 'assistant' or 'tool'.");
    }
  }

  /// A call that the assistant made by itself, without a message.
  public void addCall(String id, String name, JsonNode arguments, String param) {
    add(ChatMessage.calling("", List.of(call(id, name, arguments, param))));
  }

  public void addResult(String callId, String content, String param) {
    String name = names.get(callId);
    if (name == null) {
      throw RequestProblem.invalid(param, "No call before this one has the id '" + callId + "'.");
    }
    add(ChatMessage.result(callId, name, content));
  }

  public void add(ChatMessage message) {
    messages.add(message);
    chars += message.content().length();
    if (messages.size() > MESSAGES_MAX || chars > CHARS_MAX) {
      throw RequestProblem.invalid(
          "messages",
          "More than " + MESSAGES_MAX + " messages, or than " + CHARS_MAX + " characters.");
    }
  }

  /// @param arguments JSON in a string, as OpenAI has it, or the object itself, as some clients do
  private ToolCall call(String id, String name, JsonNode arguments, String param) {
    if (name.isEmpty()) {
      throw RequestProblem.invalid(param, "A call names its function.");
    }
    names.put(id, name);
    JsonNode read = arguments.isString() ? json(arguments.stringValue()) : arguments;
    if (read.isMissingNode() || read.isNull()) {
      return new ToolCall(id, name, Map.of());
    }
    if (!read.isObject()) {
      throw RequestProblem.invalid(param, "The arguments of a call are an object in JSON.");
    }
    return new ToolCall(id, name, ToolSet.map(read));
  }

  /// What is no JSON is no object either.
  private static JsonNode json(String text) {
    try {
      return JsonMapper.shared().readTree(text.isBlank() ? "{}" : text);
    } catch (JacksonException noJson) {
      return BooleanNode.FALSE;
    }
  }

  private static String content(JsonNode message, String param) {
    return Dialogue.content(message.get("content"), param + ".content");
  }
}
