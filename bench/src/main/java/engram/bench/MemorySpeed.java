package engram.bench;

import engram.bench.Load.Clients;
import engram.bench.Load.Offered;
import engram.bench.Load.Round;
import engram.system.Api;
import engram.system.RunningServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.json.JsonMapper;

/// What remembering and recalling cost at up to a million events of one user, over HTTP.
///
/// Texts are sentences of words drawn by Zipf's law from 50,000, so that common and rare words cost
/// what they cost in talk; sessions have 40 turns of two speakers.
final class MemorySpeed {
  private static final int BATCH = 500;
  private static final int WRITERS = 4;
  private static final int QUERIES = 400;
  private static final int CONNECTIONS = 64;
  private static final Duration DEADLINE = Duration.ofSeconds(1);
  private static final int VOCABULARY = 50_000;
  private static final int WORDS = 14;
  private static final String USER = "speed";
  private static final Instant BEGIN = Instant.parse("2023-01-01T00:00:00Z");

  private final RunningServer server;
  private final Report report;
  private final Duration round;
  private final List<Integer> clientCounts;
  private final double[] zipf = zipf();

  MemorySpeed(RunningServer server, Report report, Duration round, List<Integer> clientCounts) {
    this.server = server;
    this.report = report;
    this.round = round;
    this.clientCounts = clientCounts;
  }

  private static double[] zipf() {
    double[] sums = new double[VOCABULARY];
    double sum = 0;
    for (int rank = 0; rank < VOCABULARY; rank++) {
      sum += 1.0 / (rank + 2.7);
      sums[rank] = sum;
    }
    for (int rank = 0; rank < VOCABULARY; rank++) {
      sums[rank] /= sum;
    }
    return sums;
  }

  private String word(Random random) {
    int found = java.util.Arrays.binarySearch(zipf, random.nextDouble());
    int rank = Math.min(VOCABULARY - 1, found < 0 ? -found - 1 : found);
    return "w" + Integer.toString(rank * 31 + 7, 36) + "x";
  }

  private String text(int event) {
    Random random = new Random(event);
    List<String> words = new ArrayList<>();
    for (int i = 0; i < WORDS; i++) {
      words.add(word(random));
    }
    return String.join(" ", words);
  }

  /// Those of an event in any order.
  private List<String> words(int event, Random random) {
    List<String> words = new ArrayList<>(List.of(text(event).split(" ")));
    Collections.shuffle(words, random);
    return words;
  }

  void run(List<Integer> sizes) {
    List<List<String>> built = new ArrayList<>();
    built.add(
        List.of(
            "events",
            "events/s written",
            "until recallable, s",
            "bytes per event in the index and database folder"));
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("events", "clients", "recalls/s", "p50 ms", "p95 ms", "p99 ms"));
    List<List<String>> offered = new ArrayList<>();
    offered.add(List.of("events", "recalls/s offered", "answered within 1 s", "p50 ms", "p99 ms"));
    List<Double> alone = new ArrayList<>();
    int there = 0;
    for (int size : sizes) {
      built.add(grow(there, size));
      there = size;
      List<byte[]> queries = queries(size);
      Clients clients =
          Load.http(server.url(), server.adminKey(), "/api/memory/recall", "", queries);
      Load.warmUp(clients, 4, QUERIES, Duration.ofSeconds(4));
      double capacity = 0;
      for (int count : clientCounts) {
        Round measured = Load.round(clients, count, QUERIES, round);
        rows.add(
            List.of(
                "%,d".formatted(size),
                Integer.toString(count),
                Report.number(measured.perSecond()),
                Report.number(measured.p50Millis()),
                Report.number(measured.p95Millis()),
                Report.number(measured.p99Millis())));
        String size10 = "1e" + Math.round(Math.log10(size));
        report.value("recall_p50_ms_%s_%d_clients".formatted(size10, count), measured.p50Millis());
        report.value("recall_p99_ms_%s_%d_clients".formatted(size10, count), measured.p99Millis());
        if (count == clientCounts.getFirst()) {
          alone.add(measured.p50Millis());
        }
        report.value("recall_p95_ms_%s_%d_clients".formatted(size10, count), measured.p95Millis());
        capacity = Math.max(capacity, measured.perSecond());
      }
      offered.addAll(offered(size, clients, capacity));
    }
    if (sizes.getFirst() == 10_000 && sizes.getLast() == 1_000_000) {
      report.value("latency_growth_1e4_to_1e6", alone.getLast() / alone.getFirst());
    }
    report.section("Remembering", Report.table(built) + "\nZero model calls.");
    report.section(
        "Recalling",
        Report.table(rows)
            + "\nFive items; queries of five words of one event and one of another. Clients, server and"
            + " database share the cores; a failed recall would have stopped the measurement.");
    report.section(
        "Offered load",
        Report.table(offered)
            + "\nShares of the most that clients without a pause reached, over %d connections. Times"
                .formatted(CONNECTIONS)
            + " count from when a recall was due; one that was not sent a second after that counts as"
            + " not answered and is in no percentile.");
  }

  private List<List<String>> offered(int size, Clients clients, double capacity) {
    List<List<String>> rows = new ArrayList<>();
    Map<String, Object> shares = new LinkedHashMap<>();
    for (int percent : new int[] {25, 50, 75, 100, 125}) {
      Offered got =
          Load.offered(clients, CONNECTIONS, QUERIES, capacity * percent / 100, round, DEADLINE);
      shares.put(percent + " %", Math.round(got.share() * 1e4) / 1e4);
      rows.add(
          List.of(
              "%,d".formatted(size),
              "%s (%d %%)".formatted(Report.number(got.perSecond()), percent),
              Report.number(got.share()),
              Report.number(got.p50Millis()),
              Report.number(got.p99Millis())));
    }
    report.value("recall_answered_1e%d".formatted(Math.round(Math.log10(size))), shares);
    return rows;
  }

  private List<String> grow(int from, int to) {
    long begin = System.nanoTime();
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<Long>> running = new ArrayList<>();
      for (int start = from; start < to; start += BATCH) {
        int first = start;
        int end = Math.min(to, start + BATCH);
        running.add(writers.submit(() -> append(server.admin(), first, end)));
      }
      for (Future<Long> one : running) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    double written = (System.nanoTime() - begin) / 1e9;
    server
        .admin()
        .post(
            "/api/memory/events?refresh=wait", Map.of("user", USER, "events", List.of(event(to))));
    double recallable = (System.nanoTime() - begin) / 1e9;
    double perSecond = (to - from) / written;
    report.value("ingest_turns_per_second", perSecond);
    report.value("bytes_per_event", (double) bytes() / to);
    return List.of(
        "%,d".formatted(to),
        Report.number(perSecond),
        Report.number(recallable),
        Report.number((double) bytes() / to));
  }

  private long bytes() {
    try (var files = java.nio.file.Files.walk(server.dataFolder())) {
      long sum = 0;
      for (var file : files.filter(java.nio.file.Files::isRegularFile).toList()) {
        boolean counted =
            file.toString().contains("memory-index") || file.toString().contains("/base/");
        sum += counted ? file.toFile().length() : 0;
      }
      return sum;
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private long append(Api api, int from, int to) {
    List<Map<String, Object>> events = new ArrayList<>();
    for (int number = from; number < to; number++) {
      events.add(event(number));
    }
    return api.post("/api/memory/events", Map.of("user", USER, "events", events))
        .path("events")
        .size();
  }

  private Map<String, Object> event(int number) {
    return Map.of(
        "session",
        "session " + number / 40,
        "speaker",
        number % 2 == 0 ? "Ann" : "Bob",
        "at",
        BEGIN.plusSeconds(30L * number).toString(),
        "text",
        text(number));
  }

  /// Five words of one event and one of another.
  private List<byte[]> queries(int events) {
    List<byte[]> queries = new ArrayList<>();
    Random random = new Random(7);
    for (int query = 0; query < QUERIES; query++) {
      List<String> words = new ArrayList<>(words(random.nextInt(events), random).subList(0, 5));
      words.add(words(random.nextInt(events), random).getFirst());
      Map<String, Object> body = Map.of("user", USER, "query", String.join(" ", words), "items", 5);
      queries.add(JsonMapper.shared().writeValueAsString(body).getBytes(StandardCharsets.UTF_8));
    }
    return queries;
  }
}
