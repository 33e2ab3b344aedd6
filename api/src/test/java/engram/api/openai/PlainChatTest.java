package engram.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.api.sse.EventStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.mock.web.MockHttpServletResponse;
import reactor.core.publisher.Flux;

class PlainChatTest {
  private static final Dialogue DIALOGUE =
      new Dialogue(List.of(new Dialogue.Line(Dialogue.Speaker.USER, "Tell me of the heron.")));
  private static final Sampling SAMPLING =
      new Sampling(null, null, null, List.of(), null, null, null, Sampling.Further.NONE);

  private final AtomicLong spent = new AtomicLong();

  @Test
  void aStreamThatItsClientLeftIsPaidForAsFarAsItCame() {
    Flux<ChatResponse> endless = Flux.just(piece("The heron ")).repeat();
    EventStream.serve(new Gone(), (events, failure) -> {}, events -> stream(endless, events));
    assertThat(spent.get()).isPositive();
  }

  @Test
  void aStreamThatBreaksOffIsPaidForAsFarAsItCame() {
    Flux<ChatResponse> broken =
        Flux.concat(
            Flux.just(piece("The heron ")),
            Flux.<ChatResponse>error(new IllegalStateException("down"))
                .delaySubscription(Duration.ofMillis(300)));
    assertThatThrownBy(() ->
            EventStream.serve(
                new MockHttpServletResponse(),
                (events, failure) -> {
                  throw failure;
                },
                events -> stream(broken, events)))
        .hasMessageContaining("refused or failed");
    assertThat(spent.get()).isEqualTo(6 + 3);
  }

  @Test
  void whatFailsBeforeTheFirstWordCostsNothing() {
    Flux<ChatResponse> failing = Flux.error(new IllegalStateException("down"));
    assertThatThrownBy(() ->
            EventStream.serve(
                new MockHttpServletResponse(),
                (events, failure) -> {},
                events -> stream(failing, events)))
        .hasMessageContaining("refused or failed");
    assertThat(spent.get()).isZero();
  }

  private void stream(Flux<ChatResponse> answer, EventStream events) {
    ChatModel model =
        new ChatModel() {
          @Override
          public ChatResponse call(Prompt prompt) {
            throw new AssertionError("only streamed here");
          }

          @Override
          public Flux<ChatResponse> stream(Prompt prompt) {
            return answer;
          }
        };
    PlainChat.stream(
        model, DIALOGUE, SAMPLING, events, spent::addAndGet, text -> events.send(null, text));
  }

  private static ChatResponse piece(String text) {
    return new ChatResponse(List.of(new Generation(new AssistantMessage(text))));
  }

  /// Its client went away after the first event.
  private static final class Gone extends MockHttpServletResponse {
    private int writes;

    @Override
    public ServletOutputStream getOutputStream() {
      return new ServletOutputStream() {
        @Override
        public void write(int b) throws IOException {
          if (++writes > 100) {
            throw new IOException("Broken pipe");
          }
        }

        @Override
        public boolean isReady() {
          return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {}
      };
    }
  }
}
