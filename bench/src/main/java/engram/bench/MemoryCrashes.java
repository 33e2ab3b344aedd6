package engram.bench;

import engram.system.Api;
import engram.system.RunningServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/// `kill -9` while several writers append: what was acknowledged must be there afterwards, once, in
/// the log and in recall.
final class MemoryCrashes {
  private static final int WRITERS = 64;
  private static final int BATCH = 5;

  private MemoryCrashes() {}

  static void run(Report report, int kills) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int withLoss = 0;
    Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    try (RunningServer server =
        RunningServer.start(Folders.temporary("memory-crash"), List.of("-Xmx1g"), List.of())) {
      AtomicInteger number = new AtomicInteger();
      for (int kill = 0; kill < kills; kill++) {
        AtomicBoolean ending = new AtomicBoolean();
        List<Thread> writers = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
          Api api = server.admin();
          writers.add(Thread.ofPlatform().start(() -> write(api, number, acknowledged, ending)));
        }
        Pause.forSeconds(java.time.Duration.ofMillis(200 + random.nextInt(1_500)));
        server.kill();
        ending.set(true);
        join(writers);
        server.restart();
        server.awaitReady();
        withLoss += hasLoss(server.admin(), acknowledged) ? 1 : 0;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    report.value("kills", kills);
    report.value("kills_with_loss", withLoss);
    report.value("kills_acknowledged_events", acknowledged.size());
    report.value("kills_seed", seed);
    report.section(
        "Crashes",
        """
        The server was killed (`kill -9`) %d times at random moments while %d writers appended; %d events were \
        acknowledged. After each start the log was read and the last of them recalled. Kills after which an \
        acknowledged event was missing or doubled: %d (seed %d).\
        """
            .formatted(kills, WRITERS, acknowledged.size(), withLoss, seed));
  }

  private static void write(
      Api api, AtomicInteger number, Set<String> acknowledged, AtomicBoolean ending) {
    while (!ending.get()) {
      List<Map<String, Object>> events = new ArrayList<>();
      List<String> names = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        String name = "n" + number.incrementAndGet();
        names.add(name);
        events.add(
            Map.of(
                "session",
                Thread.currentThread().getName() + "s",
                "at",
                "2024-01-01T00:00:00Z",
                "key",
                name,
                "text",
                "event " + name));
      }
      try {
        api.post("/api/memory/events", Map.of("user", "crash", "events", events));
        acknowledged.addAll(names);
      } catch (RuntimeException killed) {
        return;
      }
    }
  }

  private static void join(List<Thread> writers) {
    for (Thread writer : writers) {
      try {
        writer.join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(interrupted);
      }
    }
  }

  private static boolean hasLoss(Api api, Set<String> acknowledged) {
    Map<String, Integer> seen = new HashMap<>();
    long after = 0;
    String last = "";
    while (true) {
      JsonNode page = api.get("/api/memory/events?user=crash&limit=1000&after=" + after);
      for (JsonNode item : page.path("items")) {
        last = item.path("text").asString("").substring("event ".length());
        seen.merge(last, 1, Integer::sum);
      }
      if (page.path("next").isNull() || page.path("next").isMissingNode()) {
        break;
      }
      after = page.path("next").asLong();
    }
    boolean doubled = seen.values().stream().anyMatch(count -> count > 1);
    Set<String> missing = new HashSet<>(acknowledged);
    missing.removeAll(seen.keySet());
    boolean recalled = last.isEmpty() || isRecalled(api, last);
    return doubled || !missing.isEmpty() || !recalled;
  }

  /// The index catches up by itself.
  private static boolean isRecalled(Api api, String name) {
    for (int tries = 0; tries < 300; tries++) {
      JsonNode reply =
          api.post("/api/memory/recall", Map.of("user", "crash", "query", name, "items", 1));
      if (reply
          .path("items")
          .path(0)
          .path("event")
          .path("text")
          .asString("")
          .equals("event " + name)) {
        return true;
      }
      Pause.forSeconds(java.time.Duration.ofMillis(100));
    }
    return false;
  }
}
