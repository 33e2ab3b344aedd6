package engram.api.console;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ConsoleFilterTest extends ServerTest {
  @Test
  void thePageIsThereForEverybodyUnderAPolicyWithoutInlineScript() {
    for (String path : List.of("/", "/collections", "/collections/vs_1/files/file-2", "/keys")) {
      var response = get(path, null);
      assertThat(response.statusCode()).as(path).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
      assertThat(response.headers().firstValue("Cache-Control")).contains("no-cache");
      assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
      assertThat(response.headers().firstValue("Content-Security-Policy").orElse(""))
          .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(response.body()).contains("Engram").doesNotContain("<script>");
    }
  }

  @Test
  void otherPathsAreTheApisAndStayClosed() {
    for (String path :
        List.of(
            "/api/keys",
            "/v1/files",
            "/keysx",
            "/nothing",
            "/collections/../api/keys",
            "/assets/none.js",
            "/assets/../index.html",
            "/index.html",
            "/keys/%2e%2e/x")) {
      assertThat(get(path, null).statusCode()).as(path).isEqualTo(401);
    }
    assertThat(post("/", "{}", null).statusCode()).isEqualTo(401);
  }

  @Test
  void theServerSaysWhatItHasAndNoSecret() {
    String admin = key(Verb.ADMIN).secret();
    var server = get("/api/server", admin);
    assertThat(json(server).path("chat_model").isNull()).as(server.body()).isTrue();
    assertThat(json(server).path("upload_bytes_max").asLong()).isEqualTo(2 << 20);
    assertThat(get("/api/server/settings", admin).statusCode())
        .as("not the operator")
        .isEqualTo(403);
  }

  @Test
  void valuesAndDefaultsAreWrittenAlike() throws IOException {
    String operator = Files.readString(DATA_FOLDER.resolve("admin.key")).strip();
    Map<String, List<String>> settings = new HashMap<>();
    for (JsonNode one : json(get("/api/server/settings", operator)).path("settings")) {
      settings.put(
          one.path("name").asString(),
          List.of(one.path("value").asString(""), one.path("by_default").asString("")));
    }
    assertThat(settings)
        .containsEntry("engram.api.idempotency.keep", List.of("1d", "1d"))
        .containsEntry("engram.chat.timeout", List.of("2m", "2m"))
        .containsEntry("engram.api.json-bytes-max", List.of("64KB", "8MB"));
  }
}
