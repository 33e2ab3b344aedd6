package engram.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import tools.jackson.databind.JsonNode;

/// Kills the server with `kill -9` at random moments while documents small and large are put,
/// changed and deleted, batches of files are added to collections, collections are deleted and the
/// index is rebuilt; and then holds database, index and answers against what the server had
/// acknowledged.
///
/// One kill takes the JVM alone, one the JVM and its database (a power cut), one the database
/// alone, under a server that must then bring it back by itself.
public final class CrashScenario {
  private static final Duration LIFE_MAX = Duration.ofMillis(3_500);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Random random;
  private final long seed;
  private final RunningServer server;
  private final List<String> losses = new ArrayList<>();
  private final CrashDocuments documents;
  private final CrashBatches batches;
  private final CrashedStore store;

  private enum Kill {
    SERVER,
    SERVER_AND_DATABASE,
    DATABASE
  }

  public CrashScenario(Path dataFolder, long seed) {
    this.seed = seed;
    this.random = new Random(seed);
    this.documents = new CrashDocuments(random, losses::add);
    this.batches = new CrashBatches(random, losses::add);
    this.store = new CrashedStore(dataFolder, losses::add);
    this.server =
        RunningServer.start(
            dataFolder,
            List.of(),
            List.of(
                "--engram.retrieval.ingestion.lease=2s",
                "--engram.workers.sweep=2s",
                // Longer than any upload here is under way.
                "--engram.workers.orphan-grace=20s"));
  }

  /// @param operations acknowledged operations in all
  /// @param losses one sentence for each thing that was lost, doubled or half visible
  public record Result(
      long seed, int kills, int killsWithLoss, long operations, List<String> losses) {}

  public Result run(int kills) {
    long operations = 0;
    int killsWithLoss = 0;
    try (server) {
      documents.begin(server.admin());
      for (int number = 0; number < kills; number++) {
        int before = losses.size();
        Kill kill = chooseKill();
        operations += workUntilKilled(kill);
        comeBack(kill);
        check("seed " + seed + ", kill " + number + " of " + kill);
        if (losses.size() > before) {
          killsWithLoss++;
        }
      }
      store.checkSwept("seed " + seed + ", at the end");
    }
    return new Result(seed, kills, killsWithLoss, operations, List.copyOf(losses));
  }

  private Kill chooseKill() {
    return switch (random.nextInt(6)) {
      case 0, 1 -> Kill.SERVER_AND_DATABASE;
      case 2 -> Kill.DATABASE;
      default -> Kill.SERVER;
    };
  }

  private void kill(Kill kill) {
    switch (kill) {
      case SERVER -> server.kill();
      case SERVER_AND_DATABASE -> server.cutPower();
      case DATABASE -> server.killDatabase();
    }
  }

  private void comeBack(Kill kill) {
    if (kill != Kill.DATABASE) {
      server.restart();
      return;
    }
    try {
      server.awaitReady();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private long workUntilKilled(Kill kill) {
    AtomicBoolean killed = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    Duration life = Duration.ofMillis(20 + random.nextLong(LIFE_MAX.toMillis()));
    Thread killer =
        Thread.ofPlatform()
            .start(() -> {
              try {
                begun.await();
                Thread.sleep(life);
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              }
              killed.set(true);
              kill(kill);
            });
    Api api = server.admin();
    long acknowledged = 0;
    // Half of the lives are cut short from the start on, half once the server has warmed up.
    boolean cold = random.nextBoolean();
    if (cold) {
      begun.countDown();
    }
    while (!killed.get()) {
      try {
        step(api);
        acknowledged++;
      } catch (RuntimeException failure) {
        if (!killed.get()) {
          losses.add("an operation failed although the server lived: " + failure.getMessage());
        }
        break;
      } finally {
        begun.countDown();
      }
    }
    join(killer);
    return acknowledged;
  }

  private void step(Api api) {
    int dice = random.nextInt(100);
    if (dice < 65) {
      documents.step(api);
    } else if (dice < 92) {
      batches.step(api);
    } else {
      rebuildIndex(api);
    }
  }

  /// Only begins it: the kill strikes while it runs.
  private static void rebuildIndex(Api api) {
    Api.Reply reply = api.send("POST", "/api/index/rebuild", null, null, Map.of());
    boolean runsAlready = reply.status() == 409;
    if (reply.status() != 202 && !runsAlready) {
      throw new IllegalStateException("the rebuild was answered with " + reply.text());
    }
  }

  private void check(String when) {
    Api api = server.admin();
    awaitIndex(api);
    documents.check(api, when);
    batches.check(api, when);
    checkIndexAgainstDatabase(api, when);
    store.checkWhole(when);
  }

  /// Until the index shows every change, those of deletions among them, and nothing else is due.
  private static void awaitIndex(Api api) {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (true) {
      boolean busy = false;
      for (JsonNode collection : api.get("/v1/vector_stores?limit=100").path("data")) {
        busy |= collection.path("file_counts").path("in_progress").asInt() > 0;
      }
      JsonNode index = api.get("/api/index").path("index");
      busy |= index.path("applied_seq").asLong() < index.path("head_seq").asLong();
      if (!busy) {
        return;
      }
      if (Instant.now().isAfter(deadline)) {
        throw new IllegalStateException("still busy after " + PATIENCE + ": " + index);
      }
      RunningServer.pause(Duration.ofMillis(50));
    }
  }

  private void checkIndexAgainstDatabase(Api api, String when) {
    long inDatabase = 0;
    for (JsonNode collection : api.get("/v1/vector_stores?limit=100").path("data")) {
      String path = "/api/collections/" + collection.path("id").asString() + "/documents?limit=100";
      for (JsonNode document : api.get(path).path("items")) {
        inDatabase += document.path("chunk_count").asLong();
      }
    }
    long inIndex = api.get("/api/index").path("index").path("chunks").asLong();
    if (inDatabase != inIndex) {
      losses.add(
          when + ": " + inIndex + " chunks in the index, " + inDatabase + " in the database");
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
