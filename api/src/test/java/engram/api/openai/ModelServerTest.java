package engram.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import engram.api.fakes.FakeServer;
import engram.db.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a model's server does, as callers of plain chat and of embeddings see it.
@SpringBootTest(
    classes = FakeServer.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class ModelServerTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String CHAT =
      "{\"model\":\"writer\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
  private static final String EMBED = "{\"model\":\"vectors\",\"input\":\"one lamp\"%s}";
  private static final String API_KEY = "hushhush4711";

  private interface Behaviour {
    void answer(HttpExchange exchange) throws IOException, InterruptedException;
  }

  private static final HttpServer MODEL = start();
  private static volatile Behaviour behaviour = HttpExchange::close;

  @LocalServerPort int port;
  @Autowired TestDatabase database;

  private static HttpServer start() {
    try {
      var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext(
          "/v1",
          exchange -> {
            try (exchange) {
              exchange.getRequestBody().readAllBytes();
              behaviour.answer(exchange);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String authority() {
    return "127.0.0.1:" + MODEL.getAddress().getPort();
  }

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    for (String kind : new String[] {"chat", "embedding"}) {
      registry.add("engram." + kind + ".base-url", () -> "http://" + authority() + "/v1");
      registry.add("engram." + kind + ".api-key", () -> API_KEY);
      registry.add("engram." + kind + ".timeout", () -> "2s");
      registry.add("engram." + kind + ".retries-max", () -> "0");
    }
    registry.add("engram.chat.model", () -> "writer");
    registry.add("engram.embedding.model", () -> "vectors");
  }

  @AfterAll
  static void stop() {
    MODEL.stop(0);
  }

  private static void reply(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static String error(String message) {
    return "{\"error\":{\"message\":\"%s\",\"type\":\"x\",\"param\":null,\"code\":null}}"
        .formatted(message);
  }

  private HttpResponse<String> post(String path, String body, String key) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .header("Test-Key", key)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> ask(String path) throws Exception {
    return post(path, path.endsWith("embeddings") ? EMBED.formatted("") : CHAT, "key_1");
  }

  private static JsonNode json(HttpResponse<String> response) {
    return JsonMapper.shared().readTree(response.body());
  }

  private static void assertFails(HttpResponse<String> response, int status, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(json(response).path("error").path("code").asString()).isEqualTo(code);
    assertThat(response.body()).doesNotContain(API_KEY, "127.0.0.1", "xception", "org-acme");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/v1/embeddings"})
  void eachFailureIsToldByItsOwnStatus(String path) throws Exception {
    behaviour = exchange -> reply(exchange, 500, error("account org-acme4711 is on fire"));
    assertFails(ask(path), 502, "model_failed");
    behaviour = exchange -> reply(exchange, 401, error("Incorrect API key: " + API_KEY));
    assertFails(ask(path), 502, "model_failed");
    behaviour = HttpExchange::close;
    HttpResponse<String> gone = ask(path);
    assertFails(gone, 503, "model_unreachable");
    assertThat(gone.headers().firstValue("Retry-After")).isPresent();
    assertThat(gone.body())
        .contains(path.endsWith("embeddings") ? "engram.embedding." : "engram.chat.");
    behaviour = exchange -> Thread.sleep(4_000);
    assertFails(ask(path), 504, "model_timeout");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/v1/embeddings"})
  void whatTheServerRefusesForTheRequestsSakeIsTheCallersToMend(String path) throws Exception {
    behaviour =
        exchange ->
            reply(
                exchange,
                400,
                error(
                    "The context is 9000 tokens too long. See http://"
                        + authority()
                        + "/help of "
                        + authority()
                        + " for org-acme4711, key "
                        + API_KEY
                        + ". "
                        + "More. ".repeat(200)));
    HttpResponse<String> refused = ask(path);
    assertFails(refused, 400, "model_refused_request");
    assertThat(json(refused).path("error").path("message").asString())
        .contains("The context is 9000 tokens too long.")
        .hasSizeLessThan(400);
    behaviour = exchange -> reply(exchange, 400, "no json");
    assertFails(ask(path), 400, "model_refused_request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/v1/embeddings"})
  void aServerThatIsAskedTooOftenSaysWhenToComeAgain(String path) throws Exception {
    behaviour =
        exchange -> {
          exchange.getResponseHeaders().set("Retry-After", "17");
          reply(exchange, 429, error("Rate limit reached for org-acme4711"));
        };
    HttpResponse<String> limited = ask(path);
    assertFails(limited, 429, "model_rate_limited");
    assertThat(limited.headers().firstValue("Retry-After")).contains("17");
    behaviour = exchange -> reply(exchange, 429, error("Rate limit reached"));
    assertThat(ask(path).headers().firstValue("Retry-After")).isPresent();
  }

  @Test
  void embeddingsThatNobodyCountedAreChargedByEstimate() throws Exception {
    database
        .transactions()
        .inTenant(
            FakeServer.TENANT,
            () -> {
              database
                  .jdbc()
                  .sql(
                      "insert into api_keys (id, tenant_id, name, prefix, secret_sha256, verbs,"
                          + " tokens_per_day, created_by)"
                          + " values ('counted', ?, 'c', 'c', 'c', '{chat}', 100000, 'test')")
                  .param(FakeServer.TENANT)
                  .update();
            });
    behaviour =
        exchange ->
            reply(
                exchange,
                200,
                """
                {"object": "list", "model": "vectors",
                 "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
                 "usage": {"prompt_tokens": 0, "total_tokens": 0}}
                """);
    HttpResponse<String> whole = post("/v1/embeddings", EMBED.formatted(""), "counted");
    assertThat(whole.statusCode()).as(whole.body()).isEqualTo(200);
    assertThat(json(whole).path("usage").path("total_tokens").asLong()).isEqualTo(2);
    assertThat(tokensSpent()).isEqualTo(2);

    HttpResponse<String> refused =
        post("/v1/embeddings", EMBED.formatted(",\"dimensions\":3"), "counted");
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
    assertThat(tokensSpent()).as("the model has worked for the refused one too").isEqualTo(4);
  }

  private long tokensSpent() {
    return database
        .transactions()
        .readInTenant(
            FakeServer.TENANT,
            () ->
                database
                    .jdbc()
                    .sql("select coalesce(sum(tokens), 0) from api_key_usage")
                    .query(Long.class)
                    .single());
  }
}
