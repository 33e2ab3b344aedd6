package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What the server does when its embedded database, or the disk below it, goes away while it runs.
class LostDatabaseTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir private Path folder;

  @Test
  void aKilledDatabaseIsBackWithinAMinute() throws Exception {
    try (RunningServer server = RunningServer.start(folder.resolve("data"), List.of(), List.of())) {
      Api api = server.admin();
      String collection = api.createCollection("lost");
      api.putDocument(collection, "before.txt", "The ferry Aldebaran leaves at seven.");

      if (!server.killDatabase()) {
        Assumptions.abort("skipped: these tests run on a database of their own");
      }
      // It may be back so soon that no look at readiness meets the gap.
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> Files.readString(server.log()).contains("PostgreSQL runs again"));
      Awaitility.await().atMost(PATIENCE).until(server::ready);

      api.putDocument(collection, "after.txt", "The ferry Betelgeuse leaves at nine.");
      assertThat(found(api, collection, "Aldebaran")).containsExactly("before.txt");
      assertThat(found(api, collection, "Betelgeuse")).containsExactly("after.txt");
      assertThat(Files.readString(server.log()))
          .contains("PostgreSQL has ended by itself; it is started again now");
    }
  }

  /// First too little is left for an upload, then nothing at all, so that the database itself ends.
  @Test
  void aDiskThatRunsFullCostsNothingThatWasAcknowledged() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    mountOrSkip(disk);
    try (RunningServer server =
        RunningServer.start(
            disk.resolve("data"),
            List.of(),
            List.of("--engram.retrieval.files.free-space-floor=32MB"))) {
      Api api = server.admin();
      String collection = api.createCollection("full");
      api.putDocument(collection, "before.txt", "The ferry Aldebaran leaves at seven.");

      leaveFree(disk, 20);
      byte[] text = "The ferry Capella is late.".getBytes(StandardCharsets.UTF_8);
      String path = "/api/collections/" + collection + "/documents/late.txt";
      assertNoSpace(api.send("PUT", path, "text/plain", text, Map.of()));
      assertThat(server.ready()).isTrue();
      assertThat(found(api, collection, "Aldebaran")).containsExactly("before.txt");
      assertThat(found(api, collection, "Capella")).isEmpty();

      leaveFree(disk, 0);
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> {
            // A name takes room in the database only; a log that cannot grow ends PostgreSQL.
            String name = "{\"name\":\"" + "n".repeat(200) + "\"}";
            Api.Reply reply =
                api.send(
                    "POST",
                    "/v1/vector_stores",
                    "application/json",
                    name.getBytes(StandardCharsets.UTF_8),
                    Map.of());
            return reply.status() >= 500;
          });

      leaveFree(disk, 400);
      Awaitility.await().atMost(PATIENCE.multipliedBy(3)).until(server::ready);
      api.putDocument(collection, "late.txt", "The ferry Capella is late.");
      assertThat(found(api, collection, "Aldebaran")).containsExactly("before.txt");
      assertThat(found(api, collection, "Capella")).containsExactly("late.txt");
    } finally {
      run("umount", disk.toString());
    }
  }

  private static void assertNoSpace(Api.Reply reply) {
    assertThat(reply.status()).as(reply.text()).isEqualTo(507);
    assertThat(reply.json().path("type").asString()).isEqualTo("/problems/no-space");
    assertThat(reply.text()).contains("The server's disk is full. Nothing was stored");
  }

  private static List<String> found(Api api, String collection, String word) {
    JsonNode hits = api.search(collection, Map.of("query", word)).path("data");
    return hits.valueStream().map(hit -> hit.path("filename").asString()).toList();
  }

  private static void mountOrSkip(Path disk) throws Exception {
    if (run("mount", "-t", "tmpfs", "-o", "size=700m", "tmpfs", disk.toString()) != 0) {
      String reason = "skipped: a small file system can be mounted by root only";
      System.out.println(reason);
      Assumptions.abort(reason);
    }
  }

  private static void leaveFree(Path disk, long megabytes) throws Exception {
    var store = Files.getFileStore(disk);
    long kilobytes =
        (store.getTotalSpace() - store.getUnallocatedSpace()) / 1024 + megabytes * 1024;
    assertThat(run("mount", "-o", "remount,size=" + kilobytes + "k", disk.toString())).isZero();
  }

  /// -1 where there is no such program.
  private static int run(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    } catch (IOException noSuchProgram) {
      return -1;
    }
  }
}
