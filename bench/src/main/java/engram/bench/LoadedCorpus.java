package engram.bench;

import engram.api.cli.Commands;
import engram.bench.JudgedCorpus.Query;
import engram.bench.JudgedCorpus.Text;
import engram.system.Api;
import engram.system.RunningServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A judged corpus in a collection of a running server, searched over HTTP as any client would.
///
/// Each text is a document: HTML with its title, Markdown where the set has it. Documents longer
/// than a chunk become several; a document stands where its best chunk does.
final class LoadedCorpus {
  private static final int CLIENTS = 4;
  private static final Duration BUILD_PATIENCE = Duration.ofMinutes(30);
  private static final int HITS = 200;
  private static final int QUERY_CHARS_MAX = 8_192;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Api api;
  private final String collection;
  private final Map<String, String> idByFile = new HashMap<>();

  private LoadedCorpus(Api api, String collection) {
    this.api = api;
    this.collection = collection;
  }

  static LoadedCorpus load(Api api, JudgedCorpus corpus) {
    LoadedCorpus loaded = new LoadedCorpus(api, api.createCollection(corpus.name()));
    boolean markdown = corpus.name().startsWith("tau2");
    loaded.together(
        corpus.texts(),
        text -> {
          String file = text.id() + (markdown ? ".md" : ".html");
          String content = markdown ? "# " + text.title() + "\n\n" + text.body() : html(text);
          return api.put(
              "/api/collections/" + loaded.collection + "/documents/" + Api.encode(file),
              markdown ? "text/markdown" : "text/html; charset=utf-8",
              content.getBytes(StandardCharsets.UTF_8));
        });
    corpus
        .texts()
        .forEach(text -> loaded.idByFile.put(text.id() + (markdown ? ".md" : ".html"), text.id()));
    api.awaitIngested(loaded.collection, Duration.ofMinutes(30));
    return loaded;
  }

  private static String html(Text text) {
    return "<html><head><title>"
        + escaped(text.title())
        + "</title></head><body><p>"
        + escaped(text.body()).replace("\n\n", "</p><p>")
        + "</p></body></html>";
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /// @param options more of the search's body, such as `hops`
  /// @return for each query ids of texts, best first
  List<List<String>> rank(List<Query> queries, Map<String, Object> options) {
    return together(queries, query -> rank(query.text(), options));
  }

  private List<String> rank(String query, Map<String, Object> options) {
    Map<String, Object> body = new HashMap<>(options);
    body.put("query", query.substring(0, Math.min(query.length(), QUERY_CHARS_MAX)));
    body.put("limit", HITS);
    JsonNode found = api.post("/api/collections/" + collection + "/search", body);
    Set<String> ids = new LinkedHashSet<>();
    for (JsonNode hit : found.path("hits")) {
      ids.add(idByFile.get(hit.path("source").path("filename").asString()));
    }
    return List.copyOf(ids);
  }

  /// How the collection is ranked, as the product's own calibration found it.
  ///
  /// @param kept whether that promised to be better than what there was
  /// @param values by the names that a search's `calibration` has
  record Calibrated(boolean kept, Map<String, Object> values) {
    /// More of a search's body.
    Map<String, Object> options() {
      return kept ? Map.of("calibration", values) : Map.of();
    }
  }

  /// Runs `eval --calibrate` for the queries. The collection is left as it was.
  Calibrated calibrate(RunningServer server, List<Query> queries) {
    Path folder = Folders.temporary("calibrate");
    StringBuilder texts = new StringBuilder();
    StringBuilder judgements = new StringBuilder("query-id\tcorpus-id\tscore\n");
    Map<String, String> files = new HashMap<>();
    idByFile.forEach((file, id) -> files.put(id, file));
    for (int number = 0; number < queries.size(); number++) {
      String query = Integer.toString(number);
      Map<String, String> line = Map.of("_id", query, "text", queries.get(number).text());
      texts.append(JSON.writeValueAsString(line)).append('\n');
      queries
          .get(number)
          .grades()
          .forEach((id, grade) ->
              judgements.append("%s\t%s\t%d\n".formatted(query, files.get(id), grade)));
    }
    try {
      Files.writeString(folder.resolve("queries.jsonl"), texts);
      Files.writeString(folder.resolve("qrels.tsv"), judgements);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    List<String> arguments = new ArrayList<>(List.of(folder.toString(), "--calibrate"));
    arguments.addAll(List.of("--collection", collection));
    arguments.addAll(List.of("--url", server.url(), "--key", server.adminKey()));
    if (Commands.run("eval", arguments, System.out, System.out) != 0) {
      throw new IllegalStateException("the calibration failed");
    }
    String path = "/api/collections/" + collection + "/calibration";
    JsonNode found = api.get(path);
    Map<String, Object> values = new TreeMap<>();
    found.forEachEntry((name, value) -> {
      if (value.isNumber()) {
        values.put(name, value.doubleValue());
      }
    });
    api.delete(path);
    return new Calibrated(found.path("calibrated").booleanValue(), values);
  }

  /// What was read for an answer.
  ///
  /// @param passages that were packed
  record Read(List<Passage> passages) {
    /// @return ids of the texts that they are from
    Set<String> texts() {
      Set<String> ids = new LinkedHashSet<>();
      passages.forEach(passage -> ids.add(passage.of()));
      return ids;
    }
  }

  /// @param of the id of the text that it is from
  record Passage(String of, String text, boolean flagged) {}

  /// Asks for quotes, with the server's own search and packing.
  List<Read> ask(List<String> questions) {
    return together(questions, this::ask);
  }

  private Read ask(String question) {
    JsonNode answer =
        api.post(
            "/api/ask",
            Map.of("question", question, "collections", List.of(collection), "mode", "extractive"));
    Set<Long> packed = new LinkedHashSet<>();
    answer.path("context").path("chunk_ids").forEach(id -> packed.add(id.asLong()));
    List<Passage> passages = new ArrayList<>();
    for (JsonNode passage : answer.path("passages")) {
      if (packed.contains(passage.path("chunk_id").asLong())) {
        passages.add(
            new Passage(
                Objects.requireNonNull(
                    idByFile.get(passage.path("source").path("filename").asString())),
                passage.path("text").asString(),
                !passage.path("flags").isEmpty()));
      }
    }
    return new Read(passages);
  }

  private interface Work<I, O> {
    O on(I item);
  }

  private <I, O> List<O> together(List<I> items, Work<I, O> work) {
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<O>> running = new ArrayList<>();
      items.forEach(item -> running.add(clients.submit(() -> work.on(item))));
      List<O> done = new ArrayList<>();
      for (Future<O> one : running) {
        done.add(one.get());
      }
      return done;
    } catch (ExecutionException failure) {
      throw new IllegalStateException(failure.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /// Makes the collection's chunks anew in another way, beside those that serve.
  ///
  /// @return the build's number, for a search's `build`
  int build(Map<String, Object> configuration) {
    String builds = "/api/collections/" + collection + "/builds";
    int id = api.post(builds, configuration).path("id").asInt();
    Instant deadline = Instant.now().plus(BUILD_PATIENCE);
    while (true) {
      String status = api.get(builds + "/" + id).path("status").asString();
      if (status.equals("ready")) {
        return id;
      }
      if (!status.equals("building") || Instant.now().isAfter(deadline)) {
        throw new IllegalStateException("the build is " + status);
      }
      Pause.forSeconds(Duration.ofMillis(200));
    }
  }

  void delete() {
    api.delete("/v1/vector_stores/" + collection);
  }
}
