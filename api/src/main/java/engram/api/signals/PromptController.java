package engram.api.signals;

import engram.api.engine.EngineFailures;
import engram.api.engine.EngineModels;
import engram.api.error.Failure;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.inference.Engine;
import engram.inference.Prompt;
import engram.inference.chat.ChatMessage;
import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// Which models there are, and how a dialogue is written for one: for those who look at what the
/// model does with it.
@RestController
@Requires(Verb.CHAT)
class PromptController {
  private static final int MESSAGES_MAX = 256;

  private final EngineModels models;
  private final LocalArguments arguments;

  PromptController(EngineModels models, LocalArguments arguments) {
    this.models = models;
    this.arguments = arguments;
  }

  record LocalModels(List<String> models) {}

  /// By name, loaded or not.
  @GetMapping("/api/engine/models")
  LocalModels models() {
    return new LocalModels(models.names());
  }

  /// @param messages oldest first
  record PromptBody(@Nullable String model, @Nullable List<MessageBody> messages) {}

  /// @param role `system`, `user` or `assistant`
  record MessageBody(@Nullable String role, @Nullable String content) {}

  /// @param prompt with the marks of the model's chat template
  /// @param tokens of it
  /// @param messages where in the prompt the text of each message is, in UTF-16 units; null where
  ///   the template has rewritten it
  record PromptReply(String model, String prompt, int tokens, List<@Nullable Span> messages) {}

  @PostMapping("/api/engine/prompt")
  PromptReply prompt(@RequestBody PromptBody body) {
    String model = arguments.model(body.model());
    List<MessageBody> given = body.messages() == null ? List.of() : body.messages();
    if (given.isEmpty() || given.size() > MESSAGES_MAX) {
      throw Failure.invalid(
              "messages", "'messages' are 1 to " + MESSAGES_MAX + ", not " + given.size() + ".")
          .toException();
    }
    List<ChatMessage> messages = given.stream().map(this::message).toList();
    return EngineFailures.told(() -> {
      Engine engine = models.with(model);
      String prompt = engine.chat(model).prompt(messages, List.of(), Map.of());
      int tokens = engine.tokens(model, new Prompt.Text(prompt, false, true)).length;
      return new PromptReply(model, prompt, tokens, places(prompt, messages));
    });
  }

  private ChatMessage message(MessageBody given) {
    String content = arguments.text(given.content(), "content");
    return switch (given.role() == null ? "" : given.role()) {
      case "system" -> ChatMessage.system(content);
      case "user" -> ChatMessage.user(content);
      case "assistant" -> ChatMessage.assistant(content);
      default ->
          throw Failure.invalid("role", "'role' is 'system', 'user' or 'assistant'.").toException();
    };
  }

  /// Templates write messages in their order, and may strip them.
  private static List<@Nullable Span> places(String prompt, List<ChatMessage> messages) {
    List<@Nullable Span> places = new ArrayList<>();
    int from = 0;
    for (ChatMessage message : messages) {
      String content = message.content().strip();
      int at = prompt.indexOf(content, from);
      if (at < 0) {
        places.add(null);
      } else {
        from = at + content.length();
        places.add(new Span(at, from));
      }
    }
    return places;
  }
}
