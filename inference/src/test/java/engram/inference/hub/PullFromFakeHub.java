package engram.inference.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.hub.HubException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A hub of one small model, and a folder to pull it into.
abstract class PullFromFakeHub {
  static final ModelName NAME = ModelName.parse("lab/tiny");
  static final byte[] WEIGHTS = random(300_000);
  static final byte[] CONFIG = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;
  FakeHub hub;
  Models models;

  @BeforeEach
  void start() throws IOException {
    hub = new FakeHub();
    hub.put("config.json", CONFIG);
    hub.put("model.safetensors", WEIGHTS);
    hub.put("README.md", new byte[5]);
    models = new Models(folder, Clock.systemUTC());
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  FakeHub.Mischief redirect(String location) {
    return (exchange, content, attempt) -> {
      exchange.getResponseHeaders().set("Location", location);
      FakeHub.send(exchange, 302, new byte[0]);
      return true;
    };
  }

  String assertFails(Reason... reasons) {
    AtomicReference<String> message = new AtomicReference<>("");
    assertThatThrownBy(this::pull)
        .isInstanceOfSatisfying(
            HubException.class,
            e -> {
              assertThat(e.reason()).as(e.getMessage()).isIn((Object[]) reasons);
              message.set(e.getMessage());
            });
    return message.get();
  }

  void pull() throws InterruptedException {
    models.pull(NAME, settings(), (path, done, total) -> {});
  }

  HubSettings settings() {
    return settings(null, false, Long.MAX_VALUE);
  }

  HubSettings settings(String token, boolean allowPrivate, long maxBytes) {
    return new HubSettings(
        hub.address(),
        token,
        maxBytes,
        allowPrivate,
        Duration.ofSeconds(10),
        Duration.ofMillis(500),
        4,
        Duration.ofMillis(1),
        Duration.ofMillis(200));
  }

  static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
