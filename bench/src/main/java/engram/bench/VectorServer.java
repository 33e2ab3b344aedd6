package engram.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Vectors behind OpenAI's embeddings endpoint.
final class VectorServer implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Function<String, float[]> vectors;
  private final HttpServer server;

  VectorServer(Function<String, float[]> vectors) {
    this.vectors = vectors;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/v1/embeddings", this::embeddings);
    server.start();
  }

  /// The settings that make a server use this one.
  List<String> settings() {
    return List.of(
        "--engram.embedding.base-url=http://127.0.0.1:" + server.getAddress().getPort() + "/v1",
        "--engram.embedding.model=" + MiniLm.NAME);
  }

  private void embeddings(HttpExchange exchange) throws IOException {
    JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
    List<String> inputs = new ArrayList<>();
    if (request.path("input").isString()) {
      inputs.add(request.path("input").asString());
    } else {
      request.path("input").forEach(text -> inputs.add(text.asString()));
    }
    boolean base64 = request.path("encoding_format").asString("float").equals("base64");
    StringBuilder reply =
        new StringBuilder("{\"object\":\"list\",\"model\":\"" + MiniLm.NAME + "\",");
    reply.append("\"usage\":{\"prompt_tokens\":0,\"total_tokens\":0},\"data\":[");
    for (int i = 0; i < inputs.size(); i++) {
      reply.append(i == 0 ? "" : ",").append("{\"object\":\"embedding\",\"index\":").append(i);
      reply.append(",\"embedding\":");
      append(vectors.apply(inputs.get(i)), base64, reply);
      reply.append('}');
    }
    byte[] body = reply.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static void append(float[] vector, boolean base64, StringBuilder to) {
    if (base64) {
      ByteBuffer bytes =
          ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (float value : vector) {
        bytes.putFloat(value);
      }
      to.append('"').append(Base64.getEncoder().encodeToString(bytes.array())).append('"');
      return;
    }
    for (int i = 0; i < vector.length; i++) {
      to.append(i == 0 ? '[' : ',').append(vector[i]);
    }
    to.append(']');
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
