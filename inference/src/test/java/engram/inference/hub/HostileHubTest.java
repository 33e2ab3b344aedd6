package engram.inference.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.hub.HubException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A hub that refuses, or that would have us write or ask where we must not.
class HostileHubTest extends PullFromFakeHub {
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
}
