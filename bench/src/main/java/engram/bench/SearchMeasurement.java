package engram.bench;

import engram.bench.Load.Clients;
import engram.bench.Load.Round;
import engram.system.Api;
import engram.system.RunningServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  private static final int ROUNDS = 5;
  private static final Duration ROUND = Duration.ofSeconds(8);

  private SearchMeasurement() {}

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
      Clients httpClients = Load.http(server.url(), server.adminKey(), path, "", bodies);
      report.value("search_warm_up_rounds_bare", Load.warmUp(bareClients, CLIENTS, QUERIES, ROUND));
      report.value("search_warm_up_rounds_http", Load.warmUp(httpClients, CLIENTS, QUERIES, ROUND));
      List<Round> bareRounds = new ArrayList<>();
      List<Round> httpRounds = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        bareRounds.add(Load.round(bareClients, CLIENTS, QUERIES, ROUND));
        httpRounds.add(Load.round(httpClients, CLIENTS, QUERIES, ROUND));
      }
      write(report, corpus, chunks.size(), bareRounds, httpRounds);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
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

  private static void write(
      Report report, Corpus corpus, int chunks, List<Round> bare, List<Round> http) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      ratios.add(http.get(round).perSecond() / bare.get(round).perSecond());
    }
    report.value("search_chunks", chunks);
    report.value("search_http_vs_lucene_16_clients", Stats.median(ratios));
    report.value("search_http_per_second", Load.median(http, Round::perSecond));
    report.value("search_lucene_per_second", Load.median(bare, Round::perSecond));
    report.value("search_http_p95_ms", Load.median(http, Round::p95Millis));
    report.section(
        "Search, 16 clients",
        "%,d chunks (%s), %d queries of 3 to 6 words, 10 hits each; %d rounds of %d s each, taking turns.%n%n"
                .formatted(chunks, corpus.origin(), QUERIES, ROUNDS, ROUND.toSeconds())
            + Report.table(
                List.of(
                    List.of("what", "searches/s", "median ms", "p95 ms"),
                    List.of(
                        "floor: bare Lucene, 16 threads, texts read",
                        Report.number(Load.median(bare, Round::perSecond)),
                        Report.number(Load.median(bare, Round::p50Millis)),
                        Report.number(Load.median(bare, Round::p95Millis))),
                    List.of(
                        "the server over HTTP, 16 connections",
                        Report.number(Load.median(http, Round::perSecond)),
                        Report.number(Load.median(http, Round::p50Millis)),
                        Report.number(Load.median(http, Round::p95Millis)))))
            + "\nRatio: median "
            + Report.number(Stats.median(ratios))
            + " ("
            + Stats.spread(ratios)
            + "). Aim: 0.60.");
  }
}
