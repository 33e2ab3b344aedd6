package engram.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.fakes.FakeServer;
import engram.inference.EngineStatus;
import engram.inference.model.SmallModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server whose own models are small and random: `noise`, `other` and `third` write, `letters`
/// makes vectors, `judge` compares. All tests share it.
@SpringBootTest(
    classes = FakeServer.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
abstract class LocalServer {
  static final HttpClient HTTP = HttpClient.newHttpClient();
  static final Path FOLDER = folder();

  @LocalServerPort int port;
  @Autowired EngineModels models;

  private static Path folder() {
    try {
      Path folder = Files.createTempDirectory("engram-models");
      SmallModels.decoder(folder.resolve("noise.gguf"), 1024, "a");
      SmallModels.decoder(folder.resolve("other.gguf"), 1024, "b");
      SmallModels.decoder(folder.resolve("third.gguf"), 1024, "c");
      SmallModels.encoder(folder.resolve("letters.gguf"));
      SmallModels.reranker(folder.resolve("judge.gguf"));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("engram.inference.models-folder", FOLDER::toString);
    registry.add("engram.inference.memory", () -> "512MB");
    registry.add("engram.inference.cache-bytes", () -> "16MB");
    // So that one request that nobody reads fills the place of all.
    registry.add("engram.inference.schedule.sequences-max", () -> "1");
    registry.add("engram.inference.schedule.waiting-max", () -> "2");
    registry.add("engram.inference.schedule.waiting-per-tenant-max", () -> "1");
    registry.add("engram.inference.schedule.events-max", () -> "64");
    registry.add("engram.inference.tier-bytes", () -> "8MB");
    registry.add("engram.chat.model", () -> "noise");
    registry.add("engram.embedding.model", () -> "letters");
  }

  HttpResponse<String> send(String path, String body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .header("Test-Key", "operator");
    return HTTP.send(
        body.isEmpty()
            ? request.GET().build()
            : request.POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /// Single quotes stand for double ones.
  JsonNode post(String path, String body) throws Exception {
    HttpResponse<String> reply = send(path, body.replace('\'', '"'));
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(reply.body());
  }

  JsonNode refused(String path, String body, int status) throws Exception {
    HttpResponse<String> reply = send(path, body.replace('\'', '"'));
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    JsonNode said = JsonMapper.shared().readTree(reply.body());
    return said.has("error") ? said.path("error") : said;
  }

  /// The data of the events of a stream; the last, `[DONE]`, is seen and left out.
  List<JsonNode> stream(String path, String body) throws Exception {
    HttpResponse<String> reply = send(path, body.replace('\'', '"'));
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    List<JsonNode> events = new ArrayList<>();
    for (String line : reply.body().split("\n")) {
      if (line.startsWith("data: {")) {
        events.add(JsonMapper.shared().readTree(line.substring("data: ".length())));
      }
    }
    return events;
  }

  /// Requests to a decoder that have not ended.
  int unfinished(String model) {
    EngineStatus status = models.status();
    return status == null
        ? 0
        : status.models().stream()
            .filter(one -> one.name().equals(model))
            .map(one -> (EngineStatus.DecoderLoad) one.loaded())
            .mapToInt(load -> load == null ? 0 : load.running() + load.waiting())
            .sum();
  }

  void awaitIdle(String model) throws InterruptedException {
    for (int waited = 0; unfinished(model) > 0; waited++) {
      assertThat(waited).as("a request to " + model + " goes on").isLessThan(1_000);
      Thread.sleep(10);
    }
  }
}
