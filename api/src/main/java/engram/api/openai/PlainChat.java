package engram.api.openai;

import engram.api.sse.EventStream;
import engram.retrieval.Answer.FinishReason;
import engram.retrieval.ModelException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.metadata.Usage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Sinks;

/// Talks to the configured chat model as it is, without documents.
public final class PlainChat {
  private PlainChat() {}

  public record Reply(
      String text, FinishReason finishReason, long promptTokens, long answerTokens) {
    private long tokens() {
      return promptTokens + answerTokens;
    }
  }

  /// @param spent gets the tokens that were read and written
  public static Reply call(
      ChatModel model, Dialogue dialogue, Sampling sampling, LongConsumer spent) {
    Prompt prompt = new Prompt(dialogue.messages(), sampling.options(model));
    Parts parts = new Parts(prompt, text -> {});
    try {
      parts.add(model.call(prompt));
    } catch (RuntimeException e) {
      throw ModelException.of(e, "engram.chat");
    }
    Reply reply = parts.reply();
    spent.accept(reply.tokens());
    return reply;
  }

  /// @param spent gets the tokens that were read and written, also if the client has gone or the
  ///   model failed before the end
  /// @param onText gets each piece as it comes; not called any more once the client has gone
  public static Reply stream(
      ChatModel model,
      Dialogue dialogue,
      Sampling sampling,
      EventStream events,
      LongConsumer spent,
      Consumer<String> onText) {
    Prompt prompt = new Prompt(dialogue.messages(), sampling.options(model));
    Parts parts = new Parts(prompt, onText);
    Sinks.Empty<Void> gone = Sinks.empty();
    events.onCancel(gone::tryEmitEmpty);
    // Closing the stream cancels the request to the model's server.
    try (Stream<ChatResponse> responses =
        model.stream(prompt).takeUntilOther(gone.asMono()).toStream()) {
      responses.forEach(parts::add);
    } catch (RuntimeException e) {
      if (!parts.text.isEmpty()) {
        spent.accept(parts.reply().tokens());
      }
      throw ModelException.of(e, "engram.chat");
    }
    Reply reply = parts.reply();
    spent.accept(reply.tokens());
    return reply;
  }

  private static final class Parts {
    private final Prompt prompt;
    private final Consumer<String> onText;
    private final StringBuilder text = new StringBuilder();
    private FinishReason finishReason = FinishReason.STOP;
    private long promptTokens;
    private long answerTokens;

    Parts(Prompt prompt, Consumer<String> onText) {
      this.prompt = prompt;
      this.onText = onText;
    }

    void add(ChatResponse response) {
      Generation generation = response.getResult();
      if (generation != null) {
        String piece = generation.getOutput().getText();
        if (piece != null && !piece.isEmpty()) {
          text.append(piece);
          onText.accept(piece);
        }
        finishReason = FinishReason.of(generation.getMetadata().getFinishReason());
      }
      Usage usage = response.getMetadata().getUsage();
      if (usage != null) {
        promptTokens = Math.max(promptTokens, number(usage.getPromptTokens()));
        answerTokens = Math.max(answerTokens, number(usage.getCompletionTokens()));
      }
    }

    private static long number(@Nullable Integer tokens) {
      return tokens == null ? 0 : tokens;
    }

    /// A server counts at the end, if at all: what broke off before is estimated.
    Reply reply() {
      return new Reply(
          text.toString(),
          finishReason,
          promptTokens == 0 ? TokenEstimate.of(prompt.getContents()) : promptTokens,
          answerTokens == 0 ? TokenEstimate.of(text) : answerTokens);
    }
  }
}
