package engram.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.Verb;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class IdempotencyTest extends ServerTest {
  private static final String BODY = "{\"name\":\"a\",\"count\":1}";

  @Autowired IdempotencyStore store;

  @Test
  void theSameRequestIsCarriedOutOnceAndAnsweredTheSame() {
    String secret = key(Verb.WRITE).secret();
    for (String path : List.of("/v1/trial/things", "/api/trial/things")) {
      int before = trial.created.get();
      var first = post(path, BODY, secret, "Idempotency-Key", "k");
      var second = post(path, BODY, secret, "Idempotency-Key", "k");
      if (path.startsWith("/api")) {
        assertThat(first.statusCode()).as("the key was used under /v1").isEqualTo(422);
        continue;
      }
      assertThat(first.statusCode()).isEqualTo(200);
      assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
      assertThat(second.statusCode()).isEqualTo(200);
      assertThat(second.body()).isEqualTo(first.body());
      assertThat(second.headers().firstValue("Idempotency-Replayed")).contains("true");
      assertThat(second.headers().firstValue("Content-Type"))
          .isEqualTo(first.headers().firstValue("Content-Type"));
      assertThat(trial.created.get()).isEqualTo(before + 1);
    }
  }

  @Test
  void anotherBodyUnderTheSameKeyIsRefused() {
    String secret = key(Verb.WRITE).secret();
    post("/v1/trial/things", BODY, secret, "Idempotency-Key", "k");
    var other = post("/v1/trial/things", BODY.replace("1", "2"), secret, "Idempotency-Key", "k");
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(json(other).path("error").path("code").asString())
        .isEqualTo("idempotency_key_reused");
  }

  @Test
  void keysOfOthersDoNotMeet() {
    int before = trial.created.get();
    post("/v1/trial/things", BODY, key(Verb.WRITE).secret(), "Idempotency-Key", "k");
    post("/v1/trial/things", BODY, key(Verb.WRITE).secret(), "Idempotency-Key", "k");
    assertThat(trial.created.get()).isEqualTo(before + 2);
  }

  @Test
  void ofManyAtOnceOneRunsAndTheOthersAreToldToWait() throws Exception {
    String secret = key(Verb.WRITE).secret();
    int before = trial.created.get();
    trial.gate = new CountDownLatch(1);
    List<Future<HttpResponse<String>>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        running.add(
            threads.submit(() -> post("/v1/trial/things", BODY, secret, "Idempotency-Key", "k")));
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> running.stream().filter(Future::isDone).count() == 7);
      trial.gate.countDown();
    }
    List<Integer> statuses = new ArrayList<>();
    for (var future : running) {
      statuses.add(future.get().statusCode());
      if (future.get().statusCode() == 409) {
        assertThat(future.get().headers().firstValue("Retry-After")).isPresent();
      }
    }
    assertThat(statuses).containsOnlyOnce(200).containsOnly(200, 409);
    assertThat(trial.created.get()).isEqualTo(before + 1);
    assertThat(post("/v1/trial/things", BODY, secret, "Idempotency-Key", "k").statusCode())
        .isEqualTo(200);
    assertThat(trial.created.get()).isEqualTo(before + 1);
  }

  @Test
  void uploadsAreComparedByTheirPartsAndNotByTheirBoundary() {
    String secret = key(Verb.WRITE).secret();
    var first = upload(secret, "aaa", "x".repeat(300_000));
    var second = upload(secret, "bbb", "x".repeat(300_000));
    var other = upload(secret, "ccc", "y".repeat(300_000));
    assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
    assertThat(json(first).path("bytes").asInt()).isEqualTo(300_000);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(second.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(upload(secret, "ddd", "x".repeat(3_000_000)).statusCode()).isEqualTo(413);
  }

  private HttpResponse<String> upload(String secret, String boundary, String content) {
    String body =
        "--"
            + boundary
            + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
            + "Content-Type: text/plain\r\n\r\n"
            + content
            + "\r\n--"
            + boundary
            + "--\r\n";
    return post(
        "/api/trial/upload",
        body,
        secret,
        "Content-Type",
        "multipart/form-data; boundary=" + boundary,
        "Idempotency-Key",
        "upload");
  }

  @Test
  void aStreamPassesThroughAndRunsAgain() {
    String secret = key(Verb.CHAT).secret();
    int before = trial.created.get();
    var first = post("/api/trial/stream", "", secret, "Idempotency-Key", "k");
    assertThat(first.body()).contains("data:" + tenant);
    assertThat(post("/api/trial/stream", "", secret, "Idempotency-Key", "k").body())
        .isEqualTo(first.body());
    assertThat(trial.created.get()).isEqualTo(before + 2);
  }

  @Test
  void refusalsAreReplayedAndFailuresOfOursAreNot() {
    String secret = key(Verb.WRITE).secret();
    post("/v1/trial/things", "{", secret, "Idempotency-Key", "k");
    assertThat(post("/v1/trial/things", "{", secret, "Idempotency-Key", "k").headers().map())
        .containsKey("idempotency-replayed");
  }

  @Test
  void afterADayTheKeyIsForgotten() {
    String secret = key(Verb.WRITE).secret();
    int before = trial.created.get();
    post("/v1/trial/things", BODY, secret, "Idempotency-Key", "k");
    clock.offset = Duration.ofHours(25);
    assertThat(store.sweep()).isPositive();
    post("/v1/trial/things", BODY, secret, "Idempotency-Key", "k");
    assertThat(trial.created.get()).isEqualTo(before + 2);
  }
}
