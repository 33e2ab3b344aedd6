package engram.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.fakes.FakeServer;
import engram.inference.EngineStatus;
import engram.inference.Generation;
import engram.inference.GenerationRequest;
import engram.inference.Priority;
import engram.inference.Prompt;
import engram.inference.Sampling;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Requests that are too late or too many, and clients that leave.
class LocalLoadTest extends LocalChat {
  @Test
  void anAnswerThatIsTooLateIsTold() throws Exception {
    JsonNode error =
        refused(
            CHAT,
            body(",'engram':{'timeout_ms':1}")
                .replace(":24", ":1000")
                .replace("Hello", "x".repeat(900)),
            504);
    assertThat(error.path("code").asString()).isEqualTo("model_timeout");
    awaitIdle("noise");
  }

  @Test
  void aClientThatLeavesFreesItsPlace() throws Exception {
    // No end comes by itself: the token that ends an answer is forbidden.
    String body =
        ("{'model':'other','stream':true,'max_tokens':900,'logit_bias':{'257':-100}," + HELLO + "}")
            .replace('\'', '"');
    byte[] request =
        ("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: "
                + body.length()
                + "\r\n\r\n"
                + body)
            .getBytes(StandardCharsets.US_ASCII);
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.getOutputStream().write(request);
      InputStream in = socket.getInputStream();
      assertThat(in.readNBytes(300)).hasSize(300);
      socket.setSoLinger(true, 0); // reset, as of a client that is killed
    }
    awaitIdle("other");
  }

  @Test
  void aTenantThatAsksTooMuchIsToldToComeBack() throws Exception {
    try (Generation running = inThePlace();
        Generation own = third(FakeServer.TENANT.toString())) {
      HttpResponse<String> reply = send(CHAT, toThird());
      assertThat(reply.statusCode()).as(reply.body()).isEqualTo(429);
      assertThat(Integer.parseInt(reply.headers().firstValue("Retry-After").orElseThrow()))
          .isPositive();
      assertThat(reply.body()).contains("\"rate_limit_error\"", "\"model_rate_limited\"");
    }
    awaitIdle("third");
  }

  @Test
  void whereAllAskTooMuchItIsTheServerThatIsBusy() throws Exception {
    try (Generation running = inThePlace();
        Generation one = third("a");
        Generation two = third("b")) {
      HttpResponse<String> reply = send(CHAT, toThird());
      assertThat(reply.statusCode()).as(reply.body()).isEqualTo(503);
      assertThat(Integer.parseInt(reply.headers().firstValue("Retry-After").orElseThrow()))
          .isPositive();
      assertThat(reply.body()).contains("\"model_overloaded\"", "2 requests wait, 2 may");
    }
    awaitIdle("third");
  }

  /// One leaves politely and one is killed, as they wait for a place: nothing was written to them.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClientThatWaitsForAWholeAnswerAndLeavesFreesItsPlace(boolean killed) throws Exception {
    try (Generation running = inThePlace()) {
      for (String path : List.of(CHAT, "/v1/responses", "/v1/completions")) {
        String asked =
            switch (path) {
              case CHAT -> toThird();
              case "/v1/responses" -> "{\"model\":\"third\",\"input\":\"Hello\"}";
              default -> "{\"model\":\"third\",\"prompt\":\"Hello\"}";
            };
        try (Socket socket = new Socket("127.0.0.1", port)) {
          socket
              .getOutputStream()
              .write(
                  ("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                          + "Content-Length: %d\r\n\r\n%s")
                      .formatted(path, asked.length(), asked)
                      .getBytes(StandardCharsets.US_ASCII));
          awaitWaiting(1);
          if (killed) {
            socket.setSoLinger(true, 0);
          }
        }
        awaitWaiting(0);
      }
      assertThat(running).isNotNull();
    }
    awaitIdle("third");
  }

  /// What a client sends ahead, before it has its answer, is no sign that it left.
  @Test
  void aClientThatSendsItsNextRequestAheadGetsBothAnswers() throws Exception {
    String asked = toThird();
    String request =
        "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(CHAT, asked.length(), asked);
    try (Socket socket = new Socket("127.0.0.1", port)) {
      Generation running = inThePlace();
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      awaitWaiting(1);
      String ahead = "GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(ahead.substring(0, 1).getBytes(StandardCharsets.US_ASCII));
      Thread.sleep(1_200); // two looks at the connection at least
      socket.getOutputStream().write(ahead.substring(1).getBytes(StandardCharsets.US_ASCII));
      Thread.sleep(600);
      assertThat(waiting()).isEqualTo(1);
      running.close();
      String replies = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(replies.split("HTTP/1.1 200", -1)).as(replies).hasSize(3);
      assertThat(replies).contains("chat.completion", "\"noise\"");
    }
    awaitIdle("third");
  }

  /// A request that has no end by itself: the token that ends an answer is forbidden.
  private static GenerationRequest endless(String tenant) {
    return GenerationRequest.of(
            "third",
            new Prompt.Text("x", true, false),
            900,
            Sampling.at(1, 1).withLogitBias(Map.of(257, -100f)))
        .withCaller(tenant, Priority.NORMAL, null);
  }

  /// Nobody reads it, so it pauses in the one place that there is; others wait for it.
  private Generation inThePlace() throws Exception {
    Generation running = models.with("third").generate(endless("other"));
    running.next();
    return running;
  }

  private Generation third(String tenant) throws Exception {
    int before = waiting();
    Generation waits = models.with("third").generate(endless(tenant));
    awaitWaiting(before + 1);
    return waits;
  }

  private int waiting() {
    return models.status().models().stream()
        .filter(model -> model.name().equals("third"))
        .map(model -> (EngineStatus.DecoderLoad) model.loaded())
        .mapToInt(load -> load == null ? 0 : load.waiting())
        .sum();
  }

  private void awaitWaiting(int count) throws InterruptedException {
    for (int waited = 0; waiting() != count; waited++) {
      assertThat(waited).as("%d requests wait, not %d", waiting(), count).isLessThan(1_000);
      Thread.sleep(10);
    }
  }

  private static String toThird() {
    return body("").replace("noise", "third").replace('\'', '"');
  }
}
