package engram.api.wiring;

import java.io.EOFException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.metadata.Usage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;

/// A chat model whose streams fail where the server stopped in the middle, and whose server's
/// refusals are told.
///
/// A server that dies behind a proxy, or is stopped, can end its stream as if all were said; the
/// client library takes that for the end. Only the finish reason, or the token counts that come
/// after it, tell that an answer is whole; servers with finish reasons of their own have the
/// counts.
record WholeAnswers(ChatModel model, Refusals refusals) implements ChatModel {
  /// What Spring AI writes for a reason that is absent or that it does not know.
  private static final String NO_REASON = "_UNKNOWN";

  @Override
  public ChatResponse call(Prompt prompt) {
    try {
      return model.call(prompt);
    } catch (RuntimeException e) {
      throw refusals.told(e);
    }
  }

  @Override
  public Flux<ChatResponse> stream(Prompt prompt) {
    return Flux.defer(() -> {
      AtomicBoolean finished = new AtomicBoolean();
      return model.stream(prompt)
          .doOnNext(response -> {
            if (finishes(response.getResult()) || counts(response.getMetadata().getUsage())) {
              finished.set(true);
            }
          })
          .onErrorMap(refusals::told)
          .concatWith(Flux.defer(() -> finished.get() ? Flux.empty() : Flux.error(broken())));
    });
  }

  @Override
  public ChatOptions getOptions() {
    return model.getOptions();
  }

  private static boolean finishes(@Nullable Generation generation) {
    String reason = generation == null ? null : generation.getMetadata().getFinishReason();
    return reason != null && !reason.isBlank() && !reason.equals(NO_REASON);
  }

  private static boolean counts(@Nullable Usage usage) {
    return usage != null && usage.getTotalTokens() != null && usage.getTotalTokens() > 0;
  }

  private static EOFException broken() {
    return new EOFException("the model's server ended the stream without a finish reason");
  }
}
