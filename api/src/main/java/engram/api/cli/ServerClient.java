package engram.api.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON over HTTP with a key. An error reply becomes a [CommandException] with the server's own
/// sentence.
final class ServerClient {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final JsonMapper JSON = JsonMapper.shared();

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final URI base;
  private final String key;

  /// @param keyFile holds the key alone
  ServerClient(String url, Path keyFile) {
    this.base = address(url);
    try {
      this.key = Files.readString(keyFile).strip();
    } catch (IOException unreadable) {
      throw new CommandException(
          "The key file "
              + keyFile
              + " cannot be read; pass --key-file with the file of an admin key.");
    }
  }

  /// @param key itself
  ServerClient(String url, String key) {
    this.base = address(url);
    this.key = key.strip();
  }

  private static URI address(String url) {
    if (url.matches("(?i)https?://[^/\\s]+\\S*")) {
      try {
        return URI.create(url.endsWith("/") ? url : url + "/");
      } catch (IllegalArgumentException malformed) {
        // said below
      }
    }
    throw new CommandException(
        "\"" + url + "\" is no address of a server; it looks like http://127.0.0.1:8080.");
  }

  URI address() {
    return base;
  }

  JsonNode get(String path) {
    return send("GET", path, null, BodyPublishers.noBody());
  }

  JsonNode post(String path, Object body) {
    return send(
        "POST", path, "application/json", BodyPublishers.ofString(JSON.writeValueAsString(body)));
  }

  JsonNode put(String path, Object body) {
    return put(path, "application/json", JSON.writeValueAsBytes(body));
  }

  JsonNode put(String path, String contentType, byte[] body) {
    return send("PUT", path, contentType, BodyPublishers.ofByteArray(body));
  }

  JsonNode delete(String path) {
    return send("DELETE", path, null, BodyPublishers.noBody());
  }

  /// A reply that is not JSON.
  String text(String path) {
    return sendForText("GET", path, null, BodyPublishers.noBody());
  }

  /// Whether a server takes connections there.
  boolean answers() {
    HttpRequest look = HttpRequest.newBuilder(base).timeout(Duration.ofSeconds(5)).build();
    try {
      http.send(look, BodyHandlers.discarding());
      return true;
    } catch (IOException nobody) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CommandException("Interrupted.");
    }
  }

  /// Reads a reply of server-sent events as they come; the last, `[DONE]`, is not told.
  void stream(String path, Object body, Consumer<JsonNode> event) {
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve(path))
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(JSON.writeValueAsString(body)))
            .build();
    try {
      var reply = http.send(request, BodyHandlers.ofLines());
      try (Stream<String> lines = reply.body()) {
        if (reply.statusCode() >= 400) {
          String text = String.join("\n", lines.toList());
          throw new CommandException(reason(reply.statusCode(), text));
        }
        lines
            .filter(line -> line.startsWith("data: ") && !line.equals("data: [DONE]"))
            .forEach(line -> event.accept(JSON.readTree(line.substring("data: ".length()))));
      }
    } catch (IOException | UncheckedIOException broken) {
      throw new CommandException("The server at " + base + " does not answer any more.");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CommandException("Interrupted.");
    }
  }

  private JsonNode send(
      String method, String path, @Nullable String contentType, BodyPublisher body) {
    String reply = sendForText(method, path, contentType, body);
    return reply.isBlank() ? JSON.createObjectNode() : JSON.readTree(reply);
  }

  private String sendForText(
      String method, String path, @Nullable String contentType, BodyPublisher body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + key)
            .header("Accept", "application/json, application/problem+json, text/html;q=0.9")
            .method(method, body);
    if (contentType != null) {
      request.header("Content-Type", contentType);
    }
    try {
      var reply = http.send(request.build(), BodyHandlers.ofString());
      if (reply.statusCode() >= 400) {
        throw new CommandException(
            method + " /" + path + ": " + reason(reply.statusCode(), reply.body()));
      }
      return reply.body();
    } catch (IOException unreachable) {
      throw new CommandException(
          "No server answers at " + base + "; start one with ./engram serve.");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CommandException("Interrupted.");
    }
  }

  private static String reason(int status, String body) {
    try {
      JsonNode problem = JSON.readTree(body);
      String detail =
          problem.path("detail").asString(problem.path("error").path("message").asString(""));
      return detail.isEmpty() ? "status " + status : detail;
    } catch (JacksonException notJson) {
      return "status " + status;
    }
  }

  static String encode(String pathSegment) {
    return URLEncoder.encode(pathSegment, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
