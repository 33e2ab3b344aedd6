package engram.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What an operator sees of a server: its metrics, its traces and its log, and no secret in any.
class TelemetryTest {
  private static final String MODEL_SECRET = "sk-of-the-model-server-4711";
  private static final Pattern ROW =
      Pattern.compile("^\\| `([a-z][a-z_]+)` \\| (|(?:`[a-z]+`(?:, )?)+) ?\\| (.*?) ?\\|$");

  private static final Queue<String> traces = new ConcurrentLinkedQueue<>();
  private static HttpServer collector;
  private static StubModelServer model;
  private static RunningServer server;
  private static Api api;
  private static String collection;

  @BeforeAll
  static void useAServerThatTellsAll() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    collector.createContext(
        "/v1/traces",
        exchange -> {
          // Protobuf; its strings are as they are.
          traces.add(new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    model = new StubModelServer();
    List<String> settings = new ArrayList<>(model.settings());
    settings.add("--engram.embedding.api-key=" + MODEL_SECRET);
    settings.add("--engram.chat.api-key=" + MODEL_SECRET);
    settings.add("--management.tracing.sampling.probability=1.0");
    settings.add(
        "--management.opentelemetry.tracing.export.otlp.endpoint=http://127.0.0.1:"
            + collector.getAddress().getPort()
            + "/v1/traces");
    settings.add("--logging.structured.format.console=ecs");
    server =
        RunningServer.start(Files.createTempDirectory("engram-telemetry"), List.of(), settings);
    api = server.admin();
    collection = api.createCollection("told");
    api.putDocument(collection, "told.txt", "The lamp is lit at dusk.");
  }

  @AfterAll
  static void stopAll() {
    server.close();
    model.close();
    collector.stop(0);
  }

  private static Api.Reply post(String path, Map<String, Object> body, String requestId) {
    return api.send(
        "POST",
        path,
        "application/json",
        JsonMapper.shared().writeValueAsBytes(body),
        Map.of("x-request-id", requestId));
  }

  @Test
  void theDocumentedMetricsAreThereWithTheirLabels() throws IOException {
    api.putDocument(collection, "counted.txt", "The lamp is counted.");
    api.search(collection, Map.of("query", "lamp"));
    Map<String, List<String>> documented = documented();
    assertThat(documented).hasSizeGreaterThan(8);
    String scraped =
        api.send("GET", "/actuator/prometheus", null, null, Map.of("Accept", "text/plain")).text();
    documented.forEach((name, labels) -> {
      assertThat(scraped).as(name).contains("# TYPE " + name + " ");
      String sample =
          scraped.lines().filter(line -> line.startsWith(name)).findFirst().orElseThrow();
      assertThat(labels).as(sample).allMatch(label -> sample.contains(label + "=\""));
    });
    assertThat(
            scraped
                .lines()
                .filter(line -> line.startsWith("# TYPE engram_"))
                .map(line -> line.split(" ", -1)[2])
                .filter(name -> !name.endsWith("_max")))
        .as("all of Engram's own are documented")
        .isSubsetOf(documented.keySet());
  }

  private static Map<String, List<String>> documented() throws IOException {
    Path docs = RunningServer.jar().resolve("../../../docs/operations.md").normalize();
    Map<String, List<String>> metrics = new TreeMap<>();
    for (String line : Files.readAllLines(docs)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        String labels = row.group(2).replaceAll("[`,]", "").strip();
        metrics.put(row.group(1), labels.isEmpty() ? List.of() : List.of(labels.split(" ", -1)));
      }
    }
    return metrics;
  }

  @Test
  void aTraceOfTheRequestIsExported() {
    String path = "/v1/vector_stores/" + collection + "/search";
    assertThat(post(path, Map.of("query", "lamp"), "traced-request-1").status()).isEqualTo(200);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThat(traces)
                .anySatisfy(trace ->
                    assertThat(trace)
                        .contains(
                            "http post /v1/vector_stores/{store}/search", "traced-request-1")));
  }

  @Test
  void eachLineOfTheLogIsJsonAndNamesItsRequestAndTrace() throws IOException {
    model.embeds(false);
    var body = Map.<String, Object>of("model", StubModelServer.EMBEDDING_MODEL, "input", "a lamp");
    assertThat(post("/v1/embeddings", body, "logged-request-1").status()).isEqualTo(502);
    model.embeds(true);
    List<JsonNode> lines = jsonLog();
    assertThat(lines)
        .filteredOn(line -> line.path("requestId").asString("").equals("logged-request-1"))
        .isNotEmpty()
        .allSatisfy(line -> {
          assertThat(line.path("traceId").asString("")).matches("[0-9a-f]{32}");
          assertThat(line.path("spanId").asString("")).matches("[0-9a-f]{16}");
          assertThat(line.path("message").asString("")).isNotBlank();
          assertThat(line.path("log").path("level").asString("")).isEqualTo("WARN");
        });
  }

  private static List<JsonNode> jsonLog() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(server.log())) {
      // What the JVM says of its flags is not the server's.
      if (!line.startsWith("WARNING: ") && !line.startsWith("[")) {
        lines.add(JsonMapper.shared().readTree(line));
      }
    }
    return lines;
  }

  @Test
  void noSecretIsInTheLogNorInATrace() throws IOException {
    String made =
        api.post("/api/keys", Map.of("name", "short-lived", "verbs", List.of("read")))
            .path("secret")
            .asString();
    assertThat(made).startsWith("engram_");
    api.with(made).get("/v1/files");
    assertThat(api.with(made + "x").send("GET", "/v1/files", null, null, Map.of()).status())
        .isEqualTo(401);
    model.embeds(false);
    api.search(collection, Map.of("query", "dusk"));
    model.embeds(true);
    server.stop(); // the last lines and spans too
    try {
      String log = Files.readString(server.log(), StandardCharsets.UTF_8);
      assertThat(log).contains("The embedding model failed on a query");
      for (String secret : List.of(server.adminKey(), made, MODEL_SECRET)) {
        assertThat(log).doesNotContain(secret);
        assertThat(String.join("", traces)).doesNotContain(secret);
      }
    } finally {
      server.restart();
    }
  }
}
