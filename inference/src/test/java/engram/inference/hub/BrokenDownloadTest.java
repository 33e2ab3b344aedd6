package engram.inference.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.hub.HubException.Reason;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections that break, stall and lie: what was promised comes whole or not at all.
class BrokenDownloadTest extends PullFromFakeHub {
  @Test
  void aBrokenConnectionIsTakenUpWhereItBroke() throws Exception {
    hub.mischief =
        (exchange, content, attempt) -> {
          if (content.length < 1000 || attempt > 3) {
            return false;
          }
          FakeHub.drop(exchange, content, FakeHub.from(exchange), 70_000);
          return true;
        };
    pull();
    assertThat(models.path(NAME).resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.requests.stream().filter(request -> request.contains("bytes="))).isNotEmpty();
  }

  @Test
  void aServerThatIgnoresRangesIsReadFromTheBeginning() throws Exception {
    hub.mischief =
        (exchange, content, attempt) -> {
          if (attempt == 1 && content.length > 1000) {
            FakeHub.drop(exchange, content, 0, 50_000);
          } else {
            FakeHub.send(exchange, 200, content);
          }
          return true;
        };
    pull();
    assertThat(models.path(NAME).resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aConnectionThatAlwaysBreaksAtOnePlaceFailsAndKeepsWhatCame() throws Exception {
    hub.mischief =
        (exchange, content, attempt) -> {
          FakeHub.drop(exchange, content, 0, Math.min(content.length - 1, 50_000));
          return true;
        };
    assertFails(Reason.NO_NETWORK, Reason.DAMAGED);
    assertThat(models.list()).isEmpty();
    hub.mischief = (exchange, content, attempt) -> false;
    pull();
    assertThat(models.list()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFileOfAnotherContentOrLengthIsNeverShown(boolean sameLength) throws Exception {
    byte[] wrong =
        java.util.Arrays.copyOf(WEIGHTS, sameLength ? WEIGHTS.length : WEIGHTS.length + 1000);
    wrong[WEIGHTS.length - 1]++;
    hub.mischief =
        (exchange, content, attempt) -> {
          FakeHub.send(exchange, 200, content.length < 1000 ? content : wrong);
          return true;
        };
    assertFails(Reason.DAMAGED);
    assertThat(models.list()).isEmpty();
    assertThat(folder.resolve("lab--tiny/model.safetensors")).doesNotExist();
  }

  @Test
  void aWrongByteInWhatWasKeptIsFoundAndFetchedAnew() throws Exception {
    hub.mischief =
        (exchange, content, attempt) -> {
          if (attempt == 1 && content.length > 1000) {
            byte[] bad = content.clone();
            bad[7]++;
            FakeHub.drop(exchange, bad, 0, 100_000);
            return true;
          }
          return false;
        };
    pull();
    assertThat(models.path(NAME).resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void tooManyRequestsAreWaitedFor() throws Exception {
    hub.listMischief =
        (exchange, content, attempt) -> {
          if (attempt > 2) {
            return false;
          }
          exchange.getResponseHeaders().set("Retry-After", "1");
          FakeHub.send(exchange, attempt == 1 ? 429 : 503, new byte[0]);
          return true;
        };
    long start = System.nanoTime();
    pull();
    // The shortest pause of ours is 1 ms; the bound of the settings is 200 ms.
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(399));
  }

  @Test
  void aStalledDownloadIsTakenUpAnew() throws Exception {
    hub.mischief =
        (exchange, content, attempt) -> {
          if (attempt > 1 || content.length < 1000) {
            return false;
          }
          exchange.sendResponseHeaders(200, content.length);
          exchange.getResponseBody().write(content, 0, 1000);
          exchange.getResponseBody().flush();
          Thread.sleep(3_000);
          return true;
        };
    pull();
    assertThat(models.path(NAME).resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aHubThatNeverAnswersIsGivenUp() {
    hub.listMischief =
        (exchange, content, attempt) -> {
          Thread.sleep(5_000);
          return true;
        };
    HubSettings impatient =
        new HubSettings(
            hub.address(),
            null,
            Long.MAX_VALUE,
            false,
            Duration.ofMillis(200),
            Duration.ofMillis(200),
            2,
            Duration.ofMillis(1),
            Duration.ofMillis(1));
    assertThatThrownBy(() -> models.pull(NAME, impatient, (path, done, total) -> {}))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_NETWORK))
        .hasMessageContaining("no answer");
  }

  @Test
  void noNetworkIsSaidInOneLineAtOnce() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    for (String address : List.of("http://127.0.0.1:" + port, "http://no-such-host.invalid")) {
      HubSettings nowhere = HubSettings.of(URI.create(address));
      assertThatThrownBy(() -> models.pull(NAME, nowhere, (path, done, total) -> {}))
          .isInstanceOfSatisfying(
              HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_NETWORK))
          .hasMessageContaining("no network")
          .hasMessageNotContaining("\n");
    }
  }
}
