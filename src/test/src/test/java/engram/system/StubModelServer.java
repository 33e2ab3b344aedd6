package engram.system;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An OpenAI-compatible model server in the test's own process: embeddings that depend on nothing
/// but the words, and a chat that does as it was told last.
final class StubModelServer implements AutoCloseable {
  static final String CHAT_MODEL = "stub-writer";
  static final String EMBEDDING_MODEL = "stub-vectors";
  static final int DIMENSIONS = 64;

  /// Stands in failures; nobody outside may ever see it.
  static final String SECRET = "account 4711 of the model server";

  private static final JsonMapper JSON = JsonMapper.shared();

  /// What the chat does next, and goes on doing.
  sealed interface Script {
    /// Writes a text, word by word where it streams.
    record Says(String text) implements Script {}

    /// Writes a text, and says that it was cut short there.
    record CutShort(String text) implements Script {}

    record Fails(int status, String message) implements Script {
      Fails(int status) {
        this(status, SECRET);
      }
    }

    /// Begins to answer after `pause` only.
    record Dawdles(Duration pause, String text) implements Script {}

    /// Drops the connection when this much is said.
    record BreaksOff(String text) implements Script {}

    /// Ends the stream as if all were said, without a finish reason and without `[DONE]`.
    record TrailsOff(String text) implements Script {}
  }

  private final HttpServer server;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Queue<JsonNode> chats = new ConcurrentLinkedQueue<>();
  private volatile Script script = new Script.Says("");
  private volatile boolean embeds = true;

  StubModelServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/v1/embeddings", this::embeddings);
    server.createContext("/v1/chat/completions", this::chat);
    server.start();
  }

  /// The settings that make a server use this one.
  List<String> settings() {
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    return List.of(
        "--engram.chat.base-url=" + url,
        "--engram.chat.model=" + CHAT_MODEL,
        "--engram.chat.retries-max=0",
        "--engram.embedding.base-url=" + url,
        "--engram.embedding.model=" + EMBEDDING_MODEL,
        "--engram.embedding.retries-max=0");
  }

  void chats(Script next) {
    script = next;
    chats.clear();
  }

  void embeds(boolean works) {
    embeds = works;
  }

  /// Chat requests since the last script.
  List<JsonNode> requests() {
    return List.copyOf(chats);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }

  private void embeddings(HttpExchange exchange) throws IOException {
    JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
    if (!embeds) {
      reply(exchange, 500, error(SECRET));
      return;
    }
    List<String> inputs = new ArrayList<>();
    if (request.path("input").isString()) {
      inputs.add(request.path("input").asString());
    } else {
      request.path("input").forEach(text -> inputs.add(text.asString()));
    }
    boolean base64 = request.path("encoding_format").asString("float").equals("base64");
    List<Object> data = new ArrayList<>();
    for (String input : inputs) {
      float[] vector = vector(input, request.path("dimensions").asInt(DIMENSIONS));
      data.add(
          Map.of(
              "object",
              "embedding",
              "index",
              data.size(),
              "embedding",
              base64 ? base64(vector) : vector));
    }
    long tokens = inputs.stream().mapToLong(text -> words(text).size()).sum();
    reply(
        exchange,
        200,
        Map.of(
            "object",
            "list",
            "data",
            data,
            "model",
            EMBEDDING_MODEL,
            "usage",
            Map.of("prompt_tokens", tokens, "total_tokens", tokens)));
  }

  /// The sum of one random direction per word: texts that share words are near.
  static float[] vector(String text, int dimensions) {
    float[] sum = new float[dimensions];
    for (String word : words(text)) {
      Random random = new Random(word.hashCode());
      for (int index = 0; index < dimensions; index++) {
        sum[index] += (float) random.nextGaussian();
      }
    }
    return sum;
  }

  private static List<String> words(String text) {
    return List.of(text.toLowerCase(Locale.ROOT).split("\\W+"));
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  private void chat(HttpExchange exchange) throws IOException {
    JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
    chats.add(request);
    boolean streamed = request.path("stream").asBoolean(false);
    switch (script) {
      case Script.Says(String text) -> say(exchange, streamed, text, "stop");
      case Script.CutShort(String text) -> say(exchange, streamed, text, "length");
      case Script.Fails(int status, String message) -> reply(exchange, status, error(message));
      case Script.Dawdles(Duration pause, String text) -> {
        if (waited(pause)) {
          say(exchange, streamed, text, "stop");
        }
      }
      case Script.BreaksOff(String text) -> breakOff(exchange, streamed, text);
      case Script.TrailsOff(String text) -> {
        if (streamed) {
          beginStream(exchange);
          pieces(exchange, text);
        }
        exchange.close();
      }
    }
  }

  /// False if the server was closed meanwhile.
  private boolean waited(Duration pause) {
    try {
      return !closed.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void say(HttpExchange exchange, boolean streamed, String text, String finishReason)
      throws IOException {
    Map<String, Object> usage =
        Map.of("prompt_tokens", 100, "completion_tokens", 20, "total_tokens", 120);
    if (!streamed) {
      Map<String, Object> message = Map.of("role", "assistant", "content", text);
      reply(
          exchange,
          200,
          completion(
              "chat.completion",
              List.of(Map.of("index", 0, "message", message, "finish_reason", finishReason)),
              Map.of("usage", usage)));
      return;
    }
    beginStream(exchange);
    pieces(exchange, text);
    send(exchange, chunk(Map.of(), Map.of("finish_reason", finishReason)));
    send(exchange, completion("chat.completion.chunk", List.of(), Map.of("usage", usage)));
    exchange.getResponseBody().write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
    exchange.close();
  }

  private static void breakOff(HttpExchange exchange, boolean streamed, String text)
      throws IOException {
    if (streamed) {
      beginStream(exchange);
      pieces(exchange, text);
    } else {
      exchange.sendResponseHeaders(200, 1_000);
      exchange.getResponseBody().write("{\"id\":".getBytes(StandardCharsets.UTF_8));
      exchange.getResponseBody().flush();
    }
    // An exception in a handler closes the connection without the end of the body.
    throw new IOException("broken off, as told");
  }

  private static void beginStream(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
  }

  private static void pieces(HttpExchange exchange, String text) throws IOException {
    for (String piece : text.splitWithDelimiters(" ", 0)) {
      send(exchange, chunk(Map.of("role", "assistant", "content", piece), Map.of()));
    }
  }

  private static Map<String, Object> chunk(Map<String, Object> delta, Map<String, Object> more) {
    Map<String, Object> choice = new java.util.HashMap<>(Map.of("index", 0, "delta", delta));
    choice.putAll(more);
    return completion("chat.completion.chunk", List.of(choice), Map.of());
  }

  private static Map<String, Object> completion(
      String object, List<?> choices, Map<String, Object> more) {
    Map<String, Object> whole =
        new java.util.HashMap<>(
            Map.of(
                "id", "chatcmpl-stub",
                "object", object,
                "created", 1_700_000_000,
                "model", CHAT_MODEL,
                "choices", choices));
    whole.putAll(more);
    return whole;
  }

  private static void send(HttpExchange exchange, Object event) throws IOException {
    String line = "data: " + JSON.writeValueAsString(event) + "\n\n";
    exchange.getResponseBody().write(line.getBytes(StandardCharsets.UTF_8));
    exchange.getResponseBody().flush();
  }

  private static Map<String, Object> error(String message) {
    return Map.of("error", Map.of("message", message, "type", "server_error", "code", "broken"));
  }

  private static void reply(HttpExchange exchange, int status, Object body) throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(body);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
