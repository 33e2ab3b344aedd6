package engram.inference.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.hub.HubException.Reason;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsTest {
  private static final ModelName NAME = ModelName.parse("lab/tiny");
  private static final byte[] WEIGHTS = random(300_000);
  private static final byte[] CONFIG = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;
  private FakeHub hub;
  private Models models;

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

  @Test
  void aModelIsPulledListedShownAndRemoved() throws Exception {
    List<Long> progress = new ArrayList<>();
    ModelManifest pulled = models.pull(NAME, settings(), (path, done, total) -> progress.add(done));
    assertThat(pulled.commit()).isEqualTo(FakeHub.COMMIT);
    assertThat(pulled.files())
        .extracting(ModelManifest.File::path)
        .containsExactly("config.json", "model.safetensors");
    assertThat(models.list()).containsExactly(pulled);
    assertThat(models.show(NAME)).hasValue(pulled);
    assertThat(models.path(NAME).resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(progress).isSorted().endsWith(pulled.bytes());
    models.remove(NAME);
    assertThat(models.list()).isEmpty();
    assertThatThrownBy(() -> models.path(NAME)).hasMessageContaining("pull it first");
    assertThatThrownBy(() -> models.remove(NAME)).isInstanceOf(HubException.class);
  }

  @Test
  void whatIsThereIsNotFetchedAgainAndWhatIsGoneFromTheHubGoes() throws Exception {
    pull();
    int before = hub.requests.size();
    pull();
    assertThat(hub.requests.subList(before, hub.requests.size()))
        .hasSize(1)
        .allMatch(request -> request.startsWith("/api/"));
    hub.files.remove("config.json");
    pull();
    assertThat(models.path(NAME).resolve("config.json")).doesNotExist();
  }

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

  @ParameterizedTest
  @CsvSource({
    "401, DENIED, token",
    "403, DENIED, terms",
    "404, NOT_FOUND, not exist",
    "418, REFUSED, 418"
  })
  void aRefusalSaysWhatToDo(int status, Reason reason, String hint) {
    hub.listMischief =
        (exchange, content, attempt) -> {
          FakeHub.send(exchange, status, new byte[0]);
          return true;
        };
    assertThat(assertFails(reason)).contains(hint).doesNotContain("\n");
  }

  @Test
  void aLoopOfRedirectsEnds() {
    hub.mischief = redirect("/x/y/resolve/" + FakeHub.COMMIT + "/config.json");
    assertThat(assertFails(Reason.REFUSED)).contains("redirects more than");
  }

  @Test
  void aRedirectToAPrivateAddressIsRefusedUnlessAllowed() throws Exception {
    try (FakeHub other = new FakeHub()) {
      other.put("config.json", CONFIG);
      other.put("model.safetensors", WEIGHTS);
      hub.mischief =
          (exchange, content, attempt) -> {
            exchange
                .getResponseHeaders()
                .set(
                    "Location",
                    other.address()
                        + "/"
                        + (content.length < 1000 ? "config.json" : "model.safetensors"));
            FakeHub.send(exchange, 302, new byte[0]);
            return true;
          };
      assertThat(assertFails(Reason.REFUSED)).contains("private");
      assertThat(other.requests).isEmpty();
      models.pull(NAME, settings("secret", true, Long.MAX_VALUE), (path, done, total) -> {});
      assertThat(other.requests).isNotEmpty().allMatch(request -> request.contains("auth=null"));
      assertThat(hub.requests).anyMatch(request -> request.contains("auth=Bearer secret"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "ftp://127.0.0.1/", "http://", "::no address::"})
  void aRedirectToNoAddressOfTheWebIsRefused(String location) {
    hub.mischief = redirect(location);
    assertFails(Reason.REFUSED);
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
  void aModelThatIsTooLargeIsNotBegun() {
    assertThatThrownBy(
            () -> models.pull(NAME, settings(null, false, 1000), (path, done, total) -> {}))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("1000");
    assertThat(hub.requests).allMatch(request -> request.startsWith("/api/"));
    hub.listing =
        "{\"sha\":\"%s\",\"siblings\":[{\"rfilename\":\"m.gguf\",\"lfs\":{\"sha256\":\"%s\",\"size\":%d}}]}"
            .formatted(FakeHub.COMMIT, "a".repeat(64), Long.MAX_VALUE / 2);
    assertFails(Reason.NO_SPACE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x.gguf",
        "/x.gguf",
        "a/../../x.gguf",
        "a//x.gguf",
        "C:x.gguf",
        "a\\\\x.gguf",
        ".engram-x.gguf",
        ""
      })
  void aFileThatWouldLieElsewhereIsRefused(String path) throws Exception {
    hub.listing =
        "{\"sha\":\"%s\",\"siblings\":[{\"rfilename\":\"%s\",\"lfs\":{\"sha256\":\"%s\",\"size\":3}}]}"
            .formatted(FakeHub.COMMIT, path, "a".repeat(64));
    assertFails(Reason.REFUSED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no json", "[]", "{}", "{\"sha\":\"x\"}"})
  void aListThatIsNoneIsRefused(String listing) {
    hub.listing = listing;
    assertFails(Reason.REFUSED, Reason.NOT_FOUND);
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

  @Test
  void twoPullsOfOneModelDoNotMeet() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    hub.mischief =
        (exchange, content, attempt) -> {
          begun.countDown();
          go.await();
          return false;
        };
    AtomicReference<Throwable> failed = new AtomicReference<>();
    Thread first =
        Thread.startVirtualThread(() -> {
          try {
            pull();
          } catch (Exception e) {
            failed.set(e);
          }
        });
    begun.await();
    assertFails(Reason.BUSY);
    assertThatThrownBy(() -> models.remove(NAME)).hasMessageContaining("somebody else");
    go.countDown();
    first.join();
    assertThat(failed.get()).isNull();
    assertThat(models.list()).hasSize(1);
  }

  @Test
  void oneOfSeveralQuantisationsMustBeNamed() throws Exception {
    hub.files.clear();
    hub.put("tiny-Q4_K_M.gguf", random(50));
    hub.put("tiny-Q8_0-00001-of-00002.gguf", random(60));
    hub.put("tiny-Q8_0-00002-of-00002.gguf", random(70));
    assertThat(assertFails(Reason.NOT_FOUND)).contains("tiny-Q4_K_M.gguf", ":variant");
    ModelName q8 = ModelName.parse("lab/tiny:q8_0");
    assertThat(models.pull(q8, settings(), (path, done, total) -> {}).files()).hasSize(2);
    assertThat(models.show(q8)).isPresent();
    assertThat(models.show(NAME)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "a/b/c", "../b", "a/..", "a/b@", "a/b:", "a b/c", "a/b@x..y"})
  void whatIsNoNameIsRefused(String name) {
    assertThatThrownBy(() -> ModelName.parse(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void settingsComeFromTheEnvironmentAndHideTheToken() {
    assertThat(HubSettings.fromEnvironment(java.util.Map.of()).baseUrl())
        .hasToString(HubSettings.PUBLIC_HUB);
    assertThatThrownBy(
            () -> HubSettings.fromEnvironment(java.util.Map.of("ENGRAM_HUB_URL", "no address")))
        .hasMessageContaining("ENGRAM_HUB_URL");
    HubSettings settings =
        HubSettings.fromEnvironment(
            java.util.Map.of("HF_ENDPOINT", "https://hub.example", "ENGRAM_HUB_TOKEN", "s3cret"));
    assertThat(settings.baseUrl()).hasToString("https://hub.example");
    assertThat(settings.token()).isEqualTo("s3cret");
    assertThat(settings.toString()).doesNotContain("s3cret");
  }

  private FakeHub.Mischief redirect(String location) {
    return (exchange, content, attempt) -> {
      exchange.getResponseHeaders().set("Location", location);
      FakeHub.send(exchange, 302, new byte[0]);
      return true;
    };
  }

  private String assertFails(Reason... reasons) {
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

  private void pull() throws InterruptedException {
    models.pull(NAME, settings(), (path, done, total) -> {});
  }

  private HubSettings settings() {
    return settings(null, false, Long.MAX_VALUE);
  }

  private HubSettings settings(String token, boolean allowPrivate, long maxBytes) {
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

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
