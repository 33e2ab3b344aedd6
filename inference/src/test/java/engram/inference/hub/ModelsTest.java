package engram.inference.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.hub.HubException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsTest extends PullFromFakeHub {
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
}
