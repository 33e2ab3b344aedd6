package engram.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OpenApiTest extends ServerTest {
  private static final Path CHECKED_IN = Path.of("..", "docs", "openapi.yaml");

  @Test
  void theServedDescriptionIsTheOneThatIsCheckedIn() throws IOException {
    var response = get("/openapi.yaml", key(Verb.READ).secret());
    assertThat(response.statusCode()).isEqualTo(200);
    if (Boolean.getBoolean("openapi.update")) {
      Files.createDirectories(CHECKED_IN.getParent());
      Files.writeString(CHECKED_IN, response.body());
    }
    assertThat(CHECKED_IN).exists();
    assertThat(response.body())
        .as("docs/openapi.yaml is out of date: run this test with -Dopenapi.update=true")
        .isEqualTo(Files.readString(CHECKED_IN));
    assertThat(response.body())
        .contains("/api/keys", "requests_per_minute")
        .doesNotContain("requestsPerMinute", "trial");
  }

  @Test
  void itIsServedAsJsonToo() {
    var response = get("/openapi", key(Verb.READ).secret());
    assertThat(json(response).path("openapi").asString()).startsWith("3.");
  }
}
