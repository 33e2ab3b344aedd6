package engram.retrieval.ask;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;

/// Says what it is told to, in pieces of odd sizes.
final class FakeChatModel implements ChatModel {
  final AtomicReference<Prompt> asked = new AtomicReference<>();
  final AtomicBoolean cancelled = new AtomicBoolean();
  private final Flux<ChatResponse> answer;

  FakeChatModel(Flux<ChatResponse> answer) {
    this.answer = answer;
  }

  static FakeChatModel saying(String text, int pieceChars) {
    List<ChatResponse> pieces = new ArrayList<>();
    for (int at = 0; at < text.length(); at += pieceChars) {
      pieces.add(piece(text.substring(at, Math.min(text.length(), at + pieceChars))));
    }
    return new FakeChatModel(Flux.fromIterable(pieces));
  }

  static ChatResponse piece(String text) {
    return new ChatResponse(List.of(new Generation(new AssistantMessage(text))));
  }

  static ChatResponse end(String finishReason) {
    return new ChatResponse(
        List.of(
            new Generation(
                new AssistantMessage(""),
                ChatGenerationMetadata.builder().finishReason(finishReason).build())));
  }

  @Override
  public ChatResponse call(Prompt prompt) {
    throw new AssertionError("only streamed here");
  }

  @Override
  public Flux<ChatResponse> stream(Prompt prompt) {
    asked.set(prompt);
    return answer.doOnCancel(() -> cancelled.set(true));
  }

  @Override
  public ChatOptions getOptions() {
    return ChatOptions.builder().model("fake").build();
  }
}
