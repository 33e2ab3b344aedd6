package engram.bench;

import engram.system.Api;
import engram.system.RunningServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.store.MMapDirectory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Searches per second at 16 clients: bare Lucene in this process with 16 threads, then the server
/// over HTTP with 16 connections, on the same chunks and the same queries, taking turns.
///
/// The load generator and the server share the machine, as bare Lucene and its threads do. What the
/// server adds: HTTP, JSON both ways, the key, permissions, highlights, the hits' places.
final class SearchMeasurement {
  private static final int CLIENTS = 16;
  private static final int DOCUMENTS = 250;
  private static final int PARAGRAPHS = 400;
  private static final int QUERIES = 4_000;
  private static final int WARM_UP_ROUNDS_MAX = 25;

  /// So many rounds without a twentieth more than the best before: the compiler has settled.
  private static final int STEADY_ROUNDS = 3;

  private static final int ROUNDS = 5;
  private static final Duration ROUND = Duration.ofSeconds(8);

  private SearchMeasurement() {}

  private record Round(double perSecond, double medianMillis, double p95Millis) {}

  private interface Client extends AutoCloseable {
    void search(int query) throws IOException;

    @Override
    default void close() throws IOException {}
  }

  private interface Clients {
    Client connect() throws IOException;
  }

  static void run(Report report) {
    Corpus corpus = Corpus.load();
    try (RunningServer server = RunningServer.start()) {
      Api api = server.admin();
      String collection = fill(api, corpus);
      List<String> chunks = chunks(api, collection);
      List<String> queries = new ArrayList<>();
      List<byte[]> bodies = new ArrayList<>();
      for (int index = 0; index < QUERIES; index++) {
        String query = corpus.query();
        queries.add(query);
        bodies.add(
            JsonMapper.shared().writeValueAsBytes(Map.of("query", query, "max_num_results", 10)));
      }
      BareSearch bare = new BareSearch(chunks, new MMapDirectory(Folders.temporary("bare-index")));
      String path = "/v1/vector_stores/" + collection + "/search";
      Clients bareClients = () -> query -> bare.top(queries.get(query), 10);
      Clients httpClients =
          () -> {
            RawHttp http = new RawHttp(server.url(), server.adminKey());
            return new Client() {
              @Override
              public void search(int query) throws IOException {
                http.post(path, bodies.get(query));
              }

              @Override
              public void close() throws IOException {
                http.close();
              }
            };
          };
      report.value("search_warm_up_rounds_bare", warmUp(bareClients));
      report.value("search_warm_up_rounds_http", warmUp(httpClients));
      List<Round> bareRounds = new ArrayList<>();
      List<Round> httpRounds = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        bareRounds.add(round(bareClients));
        httpRounds.add(round(httpClients));
      }
      write(report, corpus, chunks.size(), bareRounds, httpRounds);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Searches until there is no gain in going on: a fully loaded small machine leaves the compiler
  /// little time, and what it has not come to yet says nothing of the server.
  ///
  /// @return how many rounds it took
  private static int warmUp(Clients clients) {
    double best = 0;
    int steady = 0;
    int rounds = 0;
    while (steady < STEADY_ROUNDS && rounds < WARM_UP_ROUNDS_MAX) {
      double reached = round(clients).perSecond();
      steady = reached > best * 1.05 ? 0 : steady + 1;
      best = Math.max(best, reached);
      rounds++;
    }
    return rounds;
  }

  private static String fill(Api api, Corpus corpus) {
    String collection = api.createCollection("search");
    for (int document = 0; document < DOCUMENTS; document++) {
      api.put(
          "/api/collections/" + collection + "/documents/d" + document + ".md",
          "text/markdown",
          corpus.document(PARAGRAPHS).getBytes(StandardCharsets.UTF_8));
    }
    api.awaitIngested(collection, Duration.ofMinutes(20));
    return collection;
  }

  private static List<String> chunks(Api api, String collection) {
    List<String> texts = new ArrayList<>();
    String after = "";
    while (true) {
      JsonNode page = api.get("/v1/vector_stores/" + collection + "/files?limit=100" + after);
      for (JsonNode file : page.path("data")) {
        String id = file.path("id").asString();
        int offset = 0;
        JsonNode part;
        do {
          part =
              api.get(
                  "/api/collections/"
                      + collection
                      + "/documents/"
                      + id
                      + "/chunks?after="
                      + offset
                      + "&limit=100");
          part.path("items").forEach(chunk -> texts.add(chunk.path("text").asString()));
          offset += 100;
        } while (part.path("has_more").asBoolean());
      }
      if (!page.path("has_more").asBoolean()) {
        return texts;
      }
      after = "&after=" + page.path("last_id").asString();
    }
  }

  private static Round round(Clients clients) {
    long end = System.nanoTime() + ROUND.toNanos();
    AtomicLong searches = new AtomicLong();
    List<Double> millis = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    List<Exception> failures = Collections.synchronizedList(new ArrayList<>());
    long begin = System.nanoTime();
    for (int client = 0; client < CLIENTS; client++) {
      int offset = client * (QUERIES / CLIENTS);
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                List<Double> own = new ArrayList<>();
                try (Client connection = clients.connect()) {
                  for (int query = offset; System.nanoTime() < end; query = (query + 1) % QUERIES) {
                    long start = System.nanoTime();
                    connection.search(query);
                    own.add((System.nanoTime() - start) / 1e6);
                    searches.incrementAndGet();
                  }
                } catch (IOException | IllegalStateException failure) {
                  failures.add(failure);
                }
                millis.addAll(own);
              }));
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(interrupted);
      }
    }
    if (!failures.isEmpty()) {
      throw new IllegalStateException("a search failed", failures.getFirst());
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    return new Round(searches.get() / seconds, Stats.median(millis), Stats.quantile(millis, 0.95));
  }

  private static void write(
      Report report, Corpus corpus, int chunks, List<Round> bare, List<Round> http) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      ratios.add(http.get(round).perSecond() / bare.get(round).perSecond());
    }
    report.value("search_chunks", chunks);
    report.value("search_http_vs_lucene_16_clients", Stats.median(ratios));
    report.value("search_http_per_second", median(http, Round::perSecond));
    report.value("search_lucene_per_second", median(bare, Round::perSecond));
    report.value("search_http_p95_ms", median(http, Round::p95Millis));
    report.section(
        "Search, 16 clients",
        "%,d chunks (%s), %d queries of 3 to 6 words, 10 hits each; %d rounds of %d s each, taking turns.%n%n"
                .formatted(chunks, corpus.origin(), QUERIES, ROUNDS, ROUND.toSeconds())
            + Report.table(
                List.of(
                    List.of("what", "searches/s", "median ms", "p95 ms"),
                    List.of(
                        "floor: bare Lucene, 16 threads, texts read",
                        Report.number(median(bare, Round::perSecond)),
                        Report.number(median(bare, Round::medianMillis)),
                        Report.number(median(bare, Round::p95Millis))),
                    List.of(
                        "the server over HTTP, 16 connections",
                        Report.number(median(http, Round::perSecond)),
                        Report.number(median(http, Round::medianMillis)),
                        Report.number(median(http, Round::p95Millis)))))
            + "\nRatio: median "
            + Report.number(Stats.median(ratios))
            + " ("
            + Stats.spread(ratios)
            + "). Aim: 0.60.");
  }

  private static double median(
      List<Round> rounds, java.util.function.ToDoubleFunction<Round> what) {
    return Stats.median(rounds.stream().map(round -> what.applyAsDouble(round)).toList());
  }
}
