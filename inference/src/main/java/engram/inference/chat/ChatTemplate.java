package engram.inference.chat;

import engram.inference.chat.jinja.Template;
import engram.inference.chat.jinja.TemplateException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A model's chat template: messages to the prompt that the model was trained on.
///
/// The prompt spells out its special tokens, the beginning of the text included: encode it with
/// `addSpecial` false and `parseSpecial` true. What people and tools wrote must not become special
/// tokens: give [engram.inference.tokenizer.Tokenizer#guard] as the guard.
///
/// Threads: any.
public final class ChatTemplate {
  private static final String CHAT_ML =
      """
      {% for message in messages %}
      {{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
      {%- endfor %}
      {% if add_generation_prompt %}
      {{ '<|im_start|>assistant\\n' }}
      {%- endif %}
      """;

  private final String source;
  private final Template template;
  private final Map<String, String> tokens;
  private final Supplier<LocalDateTime> now;

  private ChatTemplate(String source, Map<String, String> tokens, Supplier<LocalDateTime> now) {
    this.source = source;
    this.template = Template.parse(source);
    this.tokens = Map.copyOf(tokens);
    this.now = now;
  }

  /// @param source in Jinja
  /// @param bos how the token is spelled that begins a text; empty where there is none
  /// @param eos how the token is spelled that ends a text; empty where there is none
  /// @param now what time it is to templates that write the date
  /// @throws TemplateException if the template cannot be read
  public static ChatTemplate of(
      String source, String bos, String eos, Supplier<LocalDateTime> now) {
    return new ChatTemplate(source, Map.of("bos_token", bos, "eos_token", eos), now);
  }

  /// The format of models that came without a template of their own, as most such models know it.
  public static ChatTemplate chatMl() {
    return of(CHAT_ML, "", "<|im_end|>", LocalDateTime::now);
  }

  /// In which form the model writes its calls of tools.
  public ToolCallForm toolCalls() {
    return ToolCallForm.of(source);
  }

  /// The prompt for what the assistant says next.
  ///
  /// @throws TemplateException if the template refuses the messages, fails or costs too much
  public String prompt(List<ChatMessage> messages, List<Tool> tools, UnaryOperator<String> guard) {
    return render(messages, tools, true, Map.of(), guard);
  }

  /// A system message for which a template has no place goes before the first message of the user.
  ///
  /// @param generate whether the assistant's next message is begun
  /// @param more what the template is given besides: switches of a model, as `enable_thinking`
  /// @param guard applied to every text that is not the template's own
  /// @throws TemplateException if the template refuses the messages, fails or costs too much
  public String render(
      List<ChatMessage> messages,
      List<Tool> tools,
      boolean generate,
      Map<String, ?> more,
      UnaryOperator<String> guard) {
    try {
      return rendered(messages, tools, generate, more, guard);
    } catch (TemplateException refused) {
      List<ChatMessage> merged = withoutSystem(messages);
      if (merged.equals(messages)) {
        throw refused;
      }
      try {
        return rendered(merged, tools, generate, more, guard);
      } catch (TemplateException again) {
        throw refused;
      }
    }
  }

  private String rendered(
      List<ChatMessage> messages,
      List<Tool> tools,
      boolean generate,
      Map<String, ?> more,
      UnaryOperator<String> guard) {
    Map<String, Object> names = new LinkedHashMap<>(more);
    names.putAll(tokens);
    names.put("messages", messages.stream().map(message -> asMap(message, guard)).toList());
    names.put("add_generation_prompt", generate);
    if (!tools.isEmpty()) {
      names.put("tools", tools.stream().map(tool -> asMap(tool, guard)).toList());
    }
    return template.render(names, now);
  }

  private static List<ChatMessage> withoutSystem(List<ChatMessage> messages) {
    List<ChatMessage> merged = new ArrayList<>();
    String before = "";
    for (ChatMessage message : messages) {
      if (message.role().equals("system")) {
        before += message.content() + "\n\n";
      } else if (message.role().equals("user") && !before.isEmpty()) {
        merged.add(ChatMessage.user(before + message.content()));
        before = "";
      } else {
        merged.add(message);
      }
    }
    return before.isEmpty() ? merged : messages;
  }

  private static Map<String, Object> asMap(ChatMessage message, UnaryOperator<String> guard) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("role", message.role());
    map.put("content", guard.apply(message.content()));
    if (!message.calls().isEmpty()) {
      map.put("tool_calls", message.calls().stream().map(call -> asMap(call, guard)).toList());
    }
    if (message.callId() != null) {
      map.put("tool_call_id", message.callId());
    }
    if (message.name() != null) {
      map.put("name", guard.apply(message.name()));
    }
    return map;
  }

  private static Map<String, Object> asMap(ToolCall call, UnaryOperator<String> guard) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", guard.apply(call.name()));
    function.put("arguments", guarded(call.arguments(), guard));
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", call.id());
    map.put("type", "function");
    map.put("function", function);
    return map;
  }

  private static Map<String, Object> asMap(Tool tool, UnaryOperator<String> guard) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", guard.apply(tool.name()));
    function.put("description", guard.apply(tool.description()));
    function.put("parameters", guarded(tool.parameters(), guard));
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("type", "function");
    map.put("function", function);
    return map;
  }

  private static @Nullable Object guarded(@Nullable Object value, UnaryOperator<String> guard) {
    return switch (value) {
      case String text -> guard.apply(text);
      case List<?> list -> {
        List<@Nullable Object> items = new ArrayList<>();
        list.forEach(item -> items.add(guarded(item, guard)));
        yield items;
      }
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        map.forEach(
            (key, item) -> entries.put(guard.apply(String.valueOf(key)), guarded(item, guard)));
        yield entries;
      }
      case null -> null;
      default -> value;
    };
  }
}
