package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A collection is cut in another way while it serves, as its administrator does it.
class SwapTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Api admin = RunningServer.shared().admin();

  @Test
  void aBuildIsComparedActivatedAndTakenBack() {
    String collection = admin.createCollection("swapped");
    String path = "/api/collections/" + collection;
    for (String bird : List.of("heron", "owl", "swift")) {
      put(path, bird + ".md", text(bird));
    }
    int chunks = hits(path);

    JsonNode build =
        admin.post(
            path + "/builds",
            Map.of(
                "chunking", Map.of("strategy", "whole"), "analysis", Map.of("language", "none")));
    assertThat(build.path("id").asInt()).isEqualTo(1);
    put(path, "stork.md", text("stork"));
    awaitReady(path + "/builds/1");
    assertThat(admin.get(path + "/builds/1").path("progress").path("documents_done").asInt())
        .as("the one that came meanwhile is in it too")
        .isEqualTo(4);

    JsonNode set =
        admin.post(
            "/api/evaluations/sets",
            Map.of(
                "name",
                "birds",
                "queries",
                List.of(
                    Map.of("text", "Where do storks nest?", "relevant", Map.of("stork.md", 1)))));
    JsonNode run =
        awaitRun(
            admin.post(
                "/api/evaluations",
                Map.of(
                    "set", set.path("id").asString(),
                    "collection", collection,
                    "configurations",
                        List.of(
                            Map.of("name", "serving"),
                            Map.of("name", "candidate", "search", Map.of("build", 1))))));
    JsonNode configurations = run.path("summary").path("configurations");
    assertThat(hit(configurations.path(0))).as("stemmed").isEqualTo(1);
    assertThat(configurations.size()).isEqualTo(2);

    admin.post(path + "/builds/1/activate", Map.of());
    awaitHits(path, 4);
    put(path, "crane.md", text("crane"));
    awaitHits(path, 5);
    assertThat(admin.post(path + "/rollback", Map.of()).path("id").asInt()).isZero();
    assertThat(chunks).isGreaterThan(3);
    awaitHits(path, chunks / 3 * 5);
    admin.delete(path + "/builds/1");
  }

  /// Of several chunks by structure, each of which has the word that is searched for.
  private static String text(String bird) {
    StringBuilder text = new StringBuilder();
    for (String part : List.of("Nest", "Food", "Flight")) {
      text.append("# ").append(part).append(" of the ").append(bird).append("\n\n");
      text.append("The ".concat(bird).concat(" nests on roofs and is awake at night. ").repeat(25));
      text.append("\n\n");
    }
    return text.toString();
  }

  private void put(String path, String name, String text) {
    admin.put(
        path + "/documents/" + name + "?refresh=wait",
        "text/markdown",
        text.getBytes(StandardCharsets.UTF_8));
  }

  private void awaitReady(String build) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    String status = "";
    while (!status.equals("ready") && System.nanoTime() < end) {
      RunningServer.pause(Duration.ofMillis(100));
      status = admin.get(build).path("status").asString();
    }
    assertThat(status).isEqualTo("ready");
  }

  /// A server may take a second to hear of a switch.
  private void awaitHits(String path, int count) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    int found = -1;
    while (found != count && System.nanoTime() < end) {
      RunningServer.pause(Duration.ofMillis(100));
      found = hits(path);
    }
    assertThat(found).isEqualTo(count);
  }

  private int hits(String path) {
    return admin.post(path + "/search", Map.of("query", "night", "limit", 100)).path("hits").size();
  }

  private static double hit(JsonNode configuration) {
    return configuration.path("metrics").path("hit@1").path("mean").asDouble();
  }

  private JsonNode awaitRun(JsonNode begun) {
    JsonNode run = begun;
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!run.path("state").asString().equals("succeeded") && System.nanoTime() < end) {
      RunningServer.pause(Duration.ofMillis(100));
      run = admin.get("/api/evaluations/" + run.path("id").asString());
    }
    assertThat(run.path("state").asString()).as(run.toString()).isEqualTo("succeeded");
    return run;
  }
}
