package engram.api.cli;

import engram.eval.CorpusDocument;
import engram.eval.Dataset;
import engram.eval.JudgedQuery;
import engram.eval.ReadLimits;
import engram.retrieval.RefusedException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Evaluates a judged data set against a running server: loads its corpus into a collection of its
/// own unless one is given, runs it, shows the figures, and judges them where it is to be a gate.
final class Evaluation {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final int SHOWN_EVERY = 500;

  /// Workers may be away for as long as a broken model's server is tried again.
  private static final Duration STANDSTILL_MAX = Duration.ofMinutes(30);

  /// Of the corpus too, which is read as it goes by.
  private static final ReadLimits LIMITS = new ReadLimits(64L << 30, 50_000, 1_000_000);

  private final EvaluationOptions options;
  private final ServerClient server;
  private final PrintStream out;

  Evaluation(EvaluationOptions options, ServerClient server, PrintStream out) {
    this.options = options;
    this.server = server;
    this.out = out;
  }

  /// @return 0 if it passes, 1 if it does not reach what was asked for
  int run() {
    Optional<JsonNode> baseline = options.baseline().map(Evaluation::json);
    try (Dataset dataset = Dataset.open(options.folder(), LIMITS)) {
      List<JudgedQuery> queries = dataset.queries(options.split());
      return options.collection().isPresent()
          ? measure(options.collection().get(), queries, "", baseline)
          : loaded(dataset, queries, baseline);
    } catch (RefusedException refused) {
      throw new CommandException(String.valueOf(refused.getMessage()));
    } catch (IOException unreadable) {
      throw new CommandException(options.folder() + " cannot be read: " + unreadable.getMessage());
    }
  }

  private int loaded(Dataset dataset, List<JudgedQuery> queries, Optional<JsonNode> baseline)
      throws IOException {
    if (!dataset.hasCorpus()) {
      throw new CommandException(
          options.folder() + " has no corpus.jsonl: name a --collection that holds the documents.");
    }
    String name = "evaluation of " + options.folder().getFileName();
    String collection = server.post("v1/vector_stores", Map.of("name", name)).path("id").asString();
    // Keys are the tenant's: these can be nobody else's.
    String prefix = "evaluation/" + collection + "/";
    List<String> files = new ArrayList<>();
    try {
      dataset.corpus(document -> load(collection, prefix, document, files));
      awaitIngested(collection);
      return measure(collection, queries, prefix, baseline);
    } finally {
      if (options.keep()) {
        out.println("The collection stays: " + collection + ", documents by " + prefix + "<id>");
      } else {
        remove(collection, files);
      }
    }
  }

  private void load(String collection, String prefix, CorpusDocument document, List<String> files) {
    JsonNode reply =
        server.put(
            "api/collections/"
                + collection
                + "/documents/by-key?filename=document.html&key="
                + ServerClient.encode(prefix + document.id()),
            "text/html; charset=utf-8",
            html(document).getBytes(StandardCharsets.UTF_8));
    files.add(reply.path("document").path("file_id").asString());
    if (files.size() % SHOWN_EVERY == 0) {
      out.println("  " + files.size() + " documents sent");
    }
  }

  /// A title is told as one, so that it counts in the index as titles do.
  private static String html(CorpusDocument document) {
    return "<html><head><title>"
        + escaped(document.title())
        + "</title></head><body><p>"
        + escaped(document.text()).replace("\n\n", "</p><p>")
        + "</p></body></html>";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private void awaitIngested(String collection) {
    Standstill standstill = new Standstill("documents", STANDSTILL_MAX);
    while (true) {
      JsonNode counts = server.get("v1/vector_stores/" + collection).path("file_counts");
      int left = counts.path("in_progress").asInt();
      if (left == 0) {
        out.printf(
            "  %d documents searchable, %d failed%n",
            counts.path("completed").asInt(), counts.path("failed").asInt());
        return;
      }
      standstill.look(left);
      pause();
    }
  }

  private void remove(String collection, List<String> files) {
    server.delete("v1/vector_stores/" + collection);
    files.forEach(file -> server.delete("v1/files/" + file));
  }

  private int measure(
      String collection, List<JudgedQuery> queries, String prefix, Optional<JsonNode> baseline)
      throws IOException {
    String set = createSet(queries, prefix);
    try {
      if (options.calibrate()) {
        new Calibrating(
                server, options.build(), (metric, two) -> values(set, collection, metric, two), out)
            .run(collection);
        return 0;
      }
      JsonNode run = awaitRun(start(set, collection, configurations()));
      String id = run.path("id").asString();
      JsonNode report = server.get("api/evaluations/" + id + "/report.json");
      show(report.path("run").path("summary"));
      if (options.out().isPresent()) {
        write(options.out().get(), report, server.text("api/evaluations/" + id + "/report"));
      }
      return new Gate(options.least(), options.metric(), options.maxLoss(), out)
          .judge(report, baseline);
    } finally {
      if (!options.keep()) {
        server.delete("api/evaluations/sets/" + set);
      }
    }
  }

  private String createSet(List<JudgedQuery> queries, String prefix) {
    List<Map<String, Object>> bodies = new ArrayList<>();
    for (JudgedQuery query : queries) {
      Map<String, Integer> relevant = new LinkedHashMap<>();
      query.judgements().forEach((document, grade) -> relevant.put(prefix + document, grade));
      bodies.add(
          Map.of(
              "id", query.id(),
              "text", query.text(),
              "relevant", relevant,
              "answers", query.answers()));
    }
    return server
        .post(
            "api/evaluations/sets",
            Map.of(
                "name", options.folder().getFileName().toString(),
                "documents_by", options.documentsBy(),
                "queries", bodies))
        .path("id")
        .asString();
  }

  private List<Map<String, Double>> values(
      String set, String collection, String metric, List<Map<String, Object>> configurations) {
    JsonNode run = awaitRun(start(set, collection, configurations));
    String id = run.path("id").asString();
    JsonNode report = server.get("api/evaluations/" + id + "/report.json");
    server.delete("api/evaluations/" + id);
    List<Map<String, Double>> values = new ArrayList<>();
    for (int index = 0; index < configurations.size(); index++) {
      values.add(Gate.values(report, index, metric));
    }
    return values;
  }

  /// A file is the body of a search, or has that as `search` and how to answer as `ask`.
  private List<Map<String, Object>> configurations() {
    List<Map<String, Object>> configurations = new ArrayList<>();
    for (Path file : options.configurations()) {
      String name = file.getFileName().toString().replaceFirst("\\.json$", "");
      JsonNode read = json(file);
      Map<String, Object> configuration = new LinkedHashMap<>();
      configuration.put("name", name);
      if (read.has("search") || read.has("ask")) {
        read.forEachEntry(configuration::put);
      } else {
        configuration.put("search", read);
      }
      configurations.add(configuration);
    }
    return configurations;
  }

  private JsonNode start(String set, String collection, List<Map<String, Object>> configurations) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("set", set);
    body.put("collection", collection);
    body.put("answers", options.answers());
    if (!options.metrics().isEmpty()) {
      body.put("metrics", options.metrics());
    }
    // What this command loaded and the server could not read is a miss of the server.
    body.put("count_missing", true);
    if (!configurations.isEmpty()) {
      body.put("configurations", configurations);
    }
    return server.post("api/evaluations", body);
  }

  private JsonNode awaitRun(JsonNode begun) {
    JsonNode run = begun;
    String path = "api/evaluations/" + begun.path("id").asString();
    Standstill standstill = new Standstill("queries", STANDSTILL_MAX);
    int shown = 0;
    while (List.of("queued", "running").contains(run.path("state").asString())) {
      int done = run.path("progress").path("queries_done").asInt(0);
      if (done >= shown + SHOWN_EVERY) {
        out.println("  " + done + " queries done");
        shown = done;
      }
      int all = run.path("progress").path("queries_total").asInt(Integer.MAX_VALUE);
      standstill.look(all - done);
      pause();
      run = server.get(path);
    }
    if (!run.path("state").asString().equals("succeeded")) {
      throw new CommandException(
          "The evaluation "
              + run.path("state").asString()
              + ": "
              + run.path("failure").path("message").asString(""));
    }
    return run;
  }

  private void show(JsonNode summary) {
    int missing = summary.path("judgements_missing").asInt();
    if (missing > 0) {
      out.printf(
          "%n%d relevant documents are not in the collection and count as not found. Are they named"
              + " as --documents-by %s says?%n",
          missing, options.documentsBy());
    }
    out.printf("%n%d queries%n%-22s", summary.path("queries").asInt(), "");
    JsonNode configurations = summary.path("configurations");
    configurations.forEach(one -> out.printf("  %-26s", one.path("name").asString()));
    out.println();
    for (String metric : configurations.path(0).path("metrics").propertyNames()) {
      out.printf("%-22s", metric);
      for (JsonNode one : configurations) {
        JsonNode figure = one.path("metrics").path(metric);
        out.printf(
            Locale.ROOT,
            "  %.4f [%.4f, %.4f]   ",
            figure.path("mean").asDouble(0),
            figure.path("ci_low").asDouble(0),
            figure.path("ci_high").asDouble(0));
      }
      out.println();
    }
    for (JsonNode one : summary.path("comparisons")) {
      out.printf(
          Locale.ROOT,
          "%-22s  second - first %+.4f [%+.4f, %+.4f], p %.4f, %d won, %d lost%n",
          one.path("metric").asString(),
          one.path("mean_difference").asDouble(0),
          one.path("ci_low").asDouble(0),
          one.path("ci_high").asDouble(0),
          one.path("p").asDouble(1),
          one.path("wins").asInt(),
          one.path("losses").asInt());
    }
  }

  private void write(Path folder, JsonNode report, String page) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("run.json"), JSON.writeValueAsString(report));
    Files.writeString(folder.resolve("report.html"), page);
    out.println("Written: " + folder.resolve("report.html") + ", " + folder.resolve("run.json"));
  }

  private static JsonNode json(Path file) {
    try {
      return JSON.readTree(Files.readString(file));
    } catch (IOException unreadable) {
      throw new CommandException(file + " cannot be read.");
    } catch (JacksonException notJson) {
      throw new CommandException(file + " is not JSON.");
    }
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_EVERY);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CommandException("Interrupted; the server goes on evaluating.");
    }
  }
}
