package engram.inference.chat;

import engram.inference.chat.jinja.TemplateException;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// How dialogues are written for one model: its template, with its vocabulary's guard against
/// special tokens in what people wrote.
///
/// Threads: any.
public final class ChatFormat {
  private final ChatTemplate template;
  private final UnaryOperator<String> guard;
  private final IntFunction<String> marks;

  /// @param guard takes from special tokens in a text their meaning
  /// @param marks how a special token is spelled that an output may have before its end; empty for
  ///   every other token
  public ChatFormat(ChatTemplate template, UnaryOperator<String> guard, IntFunction<String> marks) {
    this.template = template;
    this.guard = guard;
    this.marks = marks;
  }

  /// The prompt for what the assistant says next. It spells out its special tokens, the beginning
  /// of the text included.
  ///
  /// @param switches of the template, such as `enable_thinking`
  /// @throws IllegalArgumentException if the template refuses the messages, fails or costs too much
  public String prompt(List<ChatMessage> messages, List<Tool> tools, Map<String, ?> switches) {
    try {
      return template.render(messages, tools, true, switches, guard);
    } catch (TemplateException refused) {
      throw new IllegalArgumentException(
          "the model's chat template: " + refused.getMessage(), refused);
    }
  }

  /// In which form the model writes its calls of tools.
  public ToolCallForm toolCalls() {
    return template.toolCalls();
  }

  /// A reader for one message; give it each token's text with its [#mark].
  ///
  /// @param ids for calls to which the model gives none
  public ToolCallReader reader(Supplier<String> ids) {
    return new ToolCallReader(template.toolCalls(), ids);
  }

  /// The special token that an output's text leaves out, spelled; empty for every other token.
  public String mark(int token) {
    return marks.apply(token);
  }
}
