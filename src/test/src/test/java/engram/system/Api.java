package engram.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The server as plain HTTP sees it.
public final class Api {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  private final String url;
  private final @Nullable String key;

  public Api(String url, @Nullable String key) {
    this.url = url;
    this.key = key;
  }

  public Api with(String otherKey) {
    return new Api(url, otherKey);
  }

  /// A reply, whatever its status.
  public record Reply(int status, HttpResponse<byte[]> raw) {
    public String text() {
      return new String(raw.body(), StandardCharsets.UTF_8);
    }

    public JsonNode json() {
      return JSON.readTree(raw.body());
    }
  }

  /// Thrown by the methods that expect success.
  public static final class Failed extends RuntimeException {
    private final transient Reply reply;

    Failed(String what, Reply reply) {
      super(what + " gave " + reply.status() + ": " + reply.text());
      this.reply = reply;
    }

    public Reply reply() {
      return reply;
    }
  }

  public JsonNode get(String path) {
    return ok("GET", path, null, null);
  }

  public JsonNode delete(String path) {
    return ok("DELETE", path, null, null);
  }

  public JsonNode post(String path, Object body) {
    return ok("POST", path, "application/json", JSON.writeValueAsBytes(body));
  }

  public JsonNode put(String path, String contentType, byte[] body) {
    return ok("PUT", path, contentType, body);
  }

  private JsonNode ok(
      String method, String path, @Nullable String contentType, byte @Nullable [] body) {
    Reply reply = send(method, path, contentType, body, Map.of());
    if (reply.status() >= 400) {
      throw new Failed(method + " " + path, reply);
    }
    return reply.raw().body().length == 0 ? JSON.createObjectNode() : reply.json();
  }

  public Reply send(
      String method,
      String path,
      @Nullable String contentType,
      byte @Nullable [] body,
      Map<String, String> headers) {
    BodyPublisher publisher =
        body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(Duration.ofMinutes(5))
            .method(method, publisher);
    Map<String, String> all = new HashMap<>(headers);
    if (key != null) {
      all.putIfAbsent("Authorization", "Bearer " + key);
    }
    if (contentType != null) {
      all.put("Content-Type", contentType);
    }
    all.forEach(request::header);
    try {
      HttpResponse<byte[]> response = HTTP.send(request.build(), BodyHandlers.ofByteArray());
      return new Reply(response.statusCode(), response);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /// Uploads a file as OpenAI's clients do.
  public JsonNode upload(String filename, byte[] content) {
    String boundary = "engram-" + UUID.randomUUID();
    String head =
        "--"
            + boundary
            + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nassistants\r\n--"
            + boundary
            + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
            + filename
            + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
    String tail = "\r\n--" + boundary + "--\r\n";
    byte[] first = head.getBytes(StandardCharsets.UTF_8);
    byte[] last = tail.getBytes(StandardCharsets.UTF_8);
    byte[] body = new byte[first.length + content.length + last.length];
    System.arraycopy(first, 0, body, 0, first.length);
    System.arraycopy(content, 0, body, first.length, content.length);
    System.arraycopy(last, 0, body, first.length + content.length, last.length);
    return ok("POST", "/v1/files", "multipart/form-data; boundary=" + boundary, body);
  }

  public String createCollection(String name) {
    return post("/v1/vector_stores", Map.of("name", name)).path("id").asString();
  }

  /// Puts a document under a key and waits until searches find it.
  public JsonNode putDocument(String collection, String documentKey, String content) {
    return put(
        "/api/collections/" + collection + "/documents/" + encode(documentKey) + "?refresh=wait",
        "text/plain; charset=utf-8",
        content.getBytes(StandardCharsets.UTF_8));
  }

  public JsonNode search(String collection, Map<String, Object> body) {
    return post("/v1/vector_stores/" + collection + "/search", body);
  }

  /// Waits until nothing of a collection is being ingested.
  public JsonNode awaitIngested(String collection, Duration patience) {
    Instant deadline = Instant.now().plus(patience);
    while (true) {
      JsonNode store = get("/v1/vector_stores/" + collection);
      if (store.path("file_counts").path("in_progress").asInt() == 0) {
        return store;
      }
      if (Instant.now().isAfter(deadline)) {
        throw new IllegalStateException("still being ingested after " + patience + ": " + store);
      }
      RunningServer.pause(Duration.ofMillis(50));
    }
  }

  public static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
