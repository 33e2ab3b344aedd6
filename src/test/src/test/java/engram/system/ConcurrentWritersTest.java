package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ConcurrentWritersTest {
  private static final int WRITERS = 64;

  private final Api api = RunningServer.shared().admin();

  @Test
  void sixtyFourWritersOfOneFileMakeOne() throws Exception {
    String collection = api.createCollection("writers");
    String text = "The lighthouse keeper counts sixty-four gulls every morning.";
    CountDownLatch start = new CountDownLatch(1);
    List<Future<JsonNode>> replies = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int writer = 0; writer < WRITERS; writer++) {
        replies.add(
            threads.submit(() -> {
              start.await();
              return api.put(
                  "/api/collections/" + collection + "/documents/gulls.txt",
                  "text/plain",
                  text.getBytes(StandardCharsets.UTF_8));
            }));
      }
      start.countDown();
    }
    Set<String> files = new HashSet<>();
    for (Future<JsonNode> reply : replies) {
      files.add(reply.get().path("document").path("file_id").asString());
    }
    assertThat(files).hasSize(1);
    JsonNode store = api.awaitIngested(collection, Duration.ofMinutes(1));
    assertThat(store.path("file_counts").path("total").asInt()).isEqualTo(1);
    JsonNode hits =
        api.search(collection, Map.of("query", "lighthouse gulls", "max_num_results", 50))
            .path("data");
    assertThat(hits.size()).isEqualTo(1);
    assertThat(hits.path(0).path("engram").path("version").asInt()).isEqualTo(1);
  }
}
