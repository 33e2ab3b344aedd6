package engram.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class OpenApiTest extends ServerTest {
  private static final Set<String> STREAMED =
      Set.of(
          "POST /api/ask",
          "POST /v1/chat/completions",
          "POST /v1/completions",
          "POST /v1/responses");
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

  @Test
  void everyOperationSaysWhatItDoesAndHowItCanFail() {
    for (Operation operation : operations()) {
      JsonNode it = operation.json();
      assertThat(it.path("summary").asString()).as("%s has a summary", operation).isNotBlank();
      if (it.has("requestBody")) {
        assertThat(it.path("requestBody").path("description").asString())
            .as("the body of %s", operation)
            .isNotBlank();
      }
      boolean openAi = operation.path().startsWith("/v1/");
      it.path("responses")
          .forEachEntry((status, reply) -> {
            if (status.startsWith("2")) {
              assertThat(reply.path("description").asString())
                  .as("%s: %s", operation, status)
                  .isNotBlank();
            } else {
              String shape = openAi ? "OpenAiError" + status : "Problem" + status;
              assertThat(reply.path("$ref").asString())
                  .as("%s: %s", operation, status)
                  .endsWith(status.equals("401") ? "/Unauthorized" : "/" + shape);
            }
          });
      assertThat(it.path("responses").propertyNames())
          .as(operation.toString())
          .contains("400", "401", "403", "429", "500", "503");
    }
  }

  @Test
  void failuresThatOnlySomeGiveAreListedThere() {
    assertThat(statuses("POST /api/ask")).contains("404", "413", "415", "502", "504");
    assertThat(statuses("POST /v1/embeddings")).contains("502", "504");
    assertThat(statuses("GET /v1/files/{id}")).contains("404").doesNotContain("409", "413", "507");
    assertThat(statuses("GET /v1/files")).doesNotContain("404");
    assertThat(statuses("POST /v1/files")).contains("409", "413", "415", "422", "507");
    assertThat(statuses("POST /api/tenants")).contains("201", "409").doesNotContain("422");
    assertThat(statuses("PUT /api/collections/{collection}/documents/{key}"))
        .contains("200", "201", "202", "404", "409", "413", "507");
    assertThat(statuses("POST /api/collections/{collection}/search")).doesNotContain("507");
  }

  @Test
  void streamsAreListedBesideJson() {
    for (Operation operation : operations()) {
      boolean streams = STREAMED.contains(operation.toString());
      assertThat(operation.json().path("responses").path("200").path("content").propertyNames())
          .as(operation.toString())
          .matches(types -> types.contains("text/event-stream") == streams);
    }
  }

  @Test
  void aSchemaIsOneTypesOnly() {
    JsonNode schemas = description().path("components").path("schemas");
    assertThat(schemas.propertyNames())
        .contains("EmbeddingsBody", "VectorStoresBody", "FileBatchesBody", "SearchQuery")
        .noneMatch(name -> name.contains("."));
    assertThat(schemas.path("EmbeddingsBody").path("properties").propertyNames())
        .contains("input", "encoding_format");
    assertThat(schemas.path("EmbeddingsBody").path("properties").path("input").path("type"))
        .as("a text or many")
        .hasSizeGreaterThan(1);
  }

  @Test
  void thereAreTextsForNothingElse() throws IOException {
    var texts = new Properties();
    try (var text = OperationTexts.class.getResourceAsStream("operations.properties")) {
      texts.load(text);
    }
    assertThat(texts.stringPropertyNames())
        .extracting(name -> name.replaceFirst("\\..*", ""))
        .containsOnlyElementsOf(
            operations().stream()
                .map(operation -> operation.json().path("operationId").asString())
                .toList());
  }

  private record Operation(String method, String path, JsonNode json) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  private JsonNode description() {
    return json(get("/openapi", key(Verb.READ).secret()));
  }

  private List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    description()
        .path("paths")
        .forEachEntry((path, item) ->
            item.forEachEntry((method, json) ->
                operations.add(new Operation(method.toUpperCase(Locale.ROOT), path, json))));
    assertThat(operations).hasSizeGreaterThan(50);
    return operations;
  }

  private Collection<String> statuses(String operation) {
    return operations().stream()
        .filter(one -> one.toString().equals(operation))
        .findFirst()
        .orElseThrow()
        .json()
        .path("responses")
        .propertyNames();
  }
}
