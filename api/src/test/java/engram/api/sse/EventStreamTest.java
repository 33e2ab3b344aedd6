package engram.api.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

class EventStreamTest {
  private static final Duration OFTEN = Duration.ofMillis(20);

  @Test
  void eventsArriveWithTheHeadersThatProxiesNeed() throws Exception {
    var response = new MockHttpServletResponse();
    EventStream.serve(
        response,
        Duration.ofMinutes(1),
        (events, failure) -> {},
        events -> {
          events.send("text", "{\"delta\":\"ä\"}");
          events.send(null, "[DONE]");
        });
    assertThat(response.getContentAsString())
        .isEqualTo("event: text\ndata: {\"delta\":\"ä\"}\n\ndata: [DONE]\n\n");
    assertThat(response.getContentType()).startsWith("text/event-stream");
    assertThat(response.getHeader("X-Accel-Buffering")).isEqualTo("no");
  }

  @Test
  void aFailureBeforeTheFirstEventIsThrownAndNothingIsSent() {
    var response = new MockHttpServletResponse();
    assertThatThrownBy(() ->
            EventStream.serve(
                response,
                (events, failure) -> events.send("error", "{}"),
                events -> {
                  throw new IllegalArgumentException("no such store");
                }))
        .hasMessage("no such store");
    assertThat(response.isCommitted()).isFalse();
    assertThat(response.getContentAsByteArray()).isEmpty();
  }

  @Test
  void aFailureAfterItIsToldByAnEvent() throws Exception {
    var response = new MockHttpServletResponse();
    EventStream.serve(
        response,
        (events, failure) -> events.send("error", failure.getMessage()),
        events -> {
          events.send(null, "begun");
          throw new IllegalStateException("broke");
        });
    assertThat(response.getContentAsString()).endsWith("event: error\ndata: broke\n\n");
  }

  @Test
  void aSilentAnswerIsKeptAliveByComments() throws Exception {
    var response = new LatchedResponse(3, false);
    EventStream.serve(response, OFTEN, (events, failure) -> {}, events -> await(response.writes));
    assertThat(response.getContentAsString()).startsWith(": keep-alive\n\n");
  }

  @Test
  void aClientThatHasGoneIsNoticedWhileTheAnswerIsSilent() {
    var response = new LatchedResponse(1, true);
    var gone = new CountDownLatch(1);
    EventStream.serve(
        response,
        OFTEN,
        (events, failure) -> {
          throw new AssertionError("there is nobody to tell");
        },
        events -> {
          events.onCancel(gone::countDown);
          await(gone);
          assertThat(events.cancelled()).isTrue();
          events.send(null, "into the void");
          throw new IllegalStateException("broken off");
        });
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Counts writes, or refuses them as a closed connection does.
  private static final class LatchedResponse extends MockHttpServletResponse {
    final CountDownLatch writes;
    private final boolean broken;

    LatchedResponse(int writes, boolean broken) {
      this.writes = new CountDownLatch(writes);
      this.broken = broken;
    }

    @Override
    public ServletOutputStream getOutputStream() {
      ServletOutputStream out = super.getOutputStream();
      return new ServletOutputStream() {
        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          if (broken) {
            throw new IOException("Broken pipe");
          }
          out.write(bytes, offset, length);
          writes.countDown();
        }

        @Override
        public void write(int value) throws IOException {
          out.write(value);
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
