package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.cli.Commands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Evaluations as people use them: over HTTP, and by the command.
class EvaluationsTest {
  private final RunningServer server = RunningServer.shared();
  private final Api admin = server.admin();

  @TempDir Path folder;

  @Test
  void theCommandMeasuresAFolderAndIsAGate() throws IOException {
    String collections = admin.get("/v1/vector_stores?limit=100").path("data").toString();
    Path set = Files.createDirectories(folder.resolve("birds"));
    Files.writeString(
        set.resolve("corpus.jsonl"),
        """
        {"_id": "heron", "title": "Heron", "text": "The grey heron stands in shallow water."}
        {"_id": "owl", "title": "Owl", "text": "The owl hunts mice at night."}
        {"_id": "swift", "title": "", "text": "The swift sleeps on the wing."}
        """);
    Files.writeString(
        set.resolve("queries.jsonl"),
        """
        {"_id": "1", "text": "Which bird hunts mice?"}
        {"_id": "2", "text": "Who stands in shallow water?"}
        """);
    Files.writeString(
        set.resolve("qrels.tsv"), "query-id\tcorpus-id\tscore\n1\towl\t1\n2\theron\t1\n");
    Path out = folder.resolve("out");

    Outcome passed = eval(set, "--min-ndcg", "0.9", "--out", out.toString());
    assertThat(passed.status()).as(passed.text()).isZero();
    assertThat(passed.text()).contains("ndcg@10", "PASS: ndcg@10 1.0000");
    Outcome several =
        eval(set, "--min-recall", "0.9", "--min-mrr=0.9", "--min", "map=0.9", "--min=hit@1=1");
    assertThat(several.status()).as(several.text()).isZero();
    assertThat(several.text())
        .contains("PASS: recall@10 1.0000", "PASS: mrr@10 1.0", "PASS: map 1.0", "PASS: hit@1 1.0");
    Outcome named = eval(set, "--metrics", "ndcg@3,map@5", "--min", "success@1=1");
    assertThat(named.status()).as(named.text()).isZero();
    assertThat(named.text())
        .contains("ndcg@3", "map@5", "PASS: success@1 1.0")
        .doesNotContain("@10");
    assertThat(eval(set, "--metrics", "ndcg@1001").text()).contains("not in [1, 1000]");
    Outcome missed = eval(set, "--min-recall", "0.9", "--min", "precision@10=0.2");
    assertThat(missed.status()).as(missed.text()).isEqualTo(1);
    assertThat(missed.text()).contains("PASS: recall@10", "FAIL: precision@10 0.1000");
    assertThat(eval(set, "--min", "beauty=0.1").text()).contains("No query has the measure");
    assertThat(Files.readString(out.resolve("report.html")))
        .startsWith("<!doctype html>")
        .contains("<svg", "Which bird hunts mice?")
        .doesNotContain("<script", "http://", "https://");
    JsonNode run = JsonMapper.shared().readTree(Files.readString(out.resolve("run.json")));
    assertThat(run.path("queries").size()).isEqualTo(2);
    assertThat(admin.get("/v1/vector_stores?limit=100").path("data").toString())
        .as("what was loaded is gone")
        .isEqualTo(collections);

    Outcome kept = eval(set, "--keep");
    String collection = kept.text().replaceAll("(?s).*The collection stays: (vs_\\w+).*", "$1");
    JsonNode hit =
        admin
            .post("/api/collections/" + collection + "/search", Map.of("query", "shallow water"))
            .path("hits")
            .path(0);
    assertThat(hit.path("source").path("title").asString()).as("a title is one").isEqualTo("Heron");
    assertThat(hit.path("text").asString()).doesNotStartWith("Heron");
    admin.delete("/v1/vector_stores/" + collection);

    // Now the judgements say something else: the same search has lost against the baseline.
    Files.writeString(set.resolve("qrels.tsv"), "1\tswift\t1\n2\theron\t1\n");
    Outcome lost = eval(set, "--baseline", out.resolve("run.json").toString(), "--max-loss", "0.1");
    assertThat(lost.status()).as(lost.text()).isEqualTo(1);
    assertThat(lost.text()).contains("FAIL: ndcg@10 -");
    Outcome byHits =
        eval(
            set,
            "--baseline=" + out.resolve("run.json"),
            "--metric",
            "recall@10",
            "--max-loss",
            "0.5");
    assertThat(byHits.status()).as(byHits.text()).isZero();
    assertThat(byHits.text()).contains("PASS: recall@10 -0.5");

    assertThat(eval(set, "--min-ndcg", "much").status()).isEqualTo(2);
    assertThat(eval(set, "--surprise").status()).isEqualTo(2);
    assertThat(eval(set, "--min", "0.4").status()).isEqualTo(2);
    assertThat(eval(set, "--metric", "map").status()).as("no baseline").isEqualTo(2);
    assertThat(eval(folder.resolve("nowhere")).status()).isEqualTo(2);
    Files.writeString(set.resolve("qrels.tsv"), "9\tswift\t1\n");
    Outcome wrong = eval(set);
    assertThat(wrong.status()).isEqualTo(1);
    assertThat(wrong.text()).contains("qrels.tsv line 1 judges query '9'");
  }

  /// Short documents are the right ones here, which BM25's usual constants do not favour enough.
  @Test
  void aCollectionIsCalibratedByItsJudgedQueries() throws IOException {
    String collection = admin.createCollection("to be calibrated");
    Path set = Files.createDirectories(folder.resolve("short documents"));
    StringBuilder queries = new StringBuilder();
    StringBuilder judgements = new StringBuilder();
    for (int index = 0; index < 12; index++) {
      String word = "term" + index;
      put(collection, index + "-short.txt", word + filler(10), "");
      put(collection, index + "-long.txt", (word + filler(30)).repeat(4), "");
      queries.append("{\"_id\":\"%d\",\"text\":\"%s\"}\n".formatted(index, word));
      judgements.append("%d\t%d-short.txt\t1\n".formatted(index, index));
    }
    Files.writeString(set.resolve("queries.jsonl"), queries);
    Files.writeString(set.resolve("qrels.tsv"), judgements);
    String path = "/api/collections/" + collection + "/calibration";
    assertThat(admin.get(path).path("calibrated").asBoolean()).isFalse();
    admin.put(
        path,
        "application/json",
        "{\"function_words\":0.7,\"titles\":0.4}".getBytes(StandardCharsets.UTF_8));

    Outcome outcome = eval(set, "--collection", collection, "--calibrate");
    assertThat(outcome.status()).as(outcome.text()).isZero();
    assertThat(outcome.text()).contains("Calibrated: ");
    JsonNode stored = admin.get(path);
    assertThat(stored.path("calibrated").asBoolean()).isTrue();
    assertThat(stored.path("b").doubleValue()).isEqualTo(0.9);
    assertThat(stored.path("function_words").doubleValue()).as("as it was").isEqualTo(0.7);
    assertThat(stored.path("titles").doubleValue()).as("as it was").isEqualTo(0.4);
    assertThat(admin.get("/api/audit?action=collection.calibrated").path("data").size())
        .isPositive();

    JsonNode back = admin.delete(path);
    assertThat(back.path("calibrated").asBoolean()).isFalse();
    assertThat(back.path("b").doubleValue()).isEqualTo(0.75);
    assertThat(eval(set, "--calibrate").status()).as("no collection is named").isEqualTo(2);
    Outcome gate = eval(set, "--collection", collection, "--calibrate", "--min", "ndcg@10=0.9");
    assertThat(gate.status()).as("nothing is reported that could be held").isEqualTo(2);
    Outcome other = eval(set, "--collection", collection, "--calibrate", "--build", "7");
    assertThat(other.status()).as("no such build").isEqualTo(1);
    Outcome same = eval(set, "--collection", collection, "--calibrate", "--build", "0");
    assertThat(same.status()).as(same.text()).isZero();
    assertThat(same.text()).contains("calibration?build=0");
    assertThat(admin.get(path + "?build=0").path("b").doubleValue()).isEqualTo(0.9);
  }

  private static String filler(int words) {
    return " and so it goes on with other words".repeat(words / 8 + 1) + " ";
  }

  private record Outcome(int status, String text) {}

  private Outcome eval(Path set, String... more) {
    List<String> arguments = new ArrayList<>(List.of(set.toString(), "--url", server.url()));
    arguments.addAll(List.of("--key", server.adminKey()));
    arguments.addAll(List.of(more));
    var bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      return new Outcome(
          Commands.run("eval", arguments, out, out), bytes.toString(StandardCharsets.UTF_8));
    }
  }

  @Test
  void aRunCountsOnlyWhatItsKeyMayReadAndNobodyElseSeesIt() {
    String collection = admin.createCollection("evaluated");
    put(collection, "open.txt", "The lighthouse was built in 1852.", "");
    put(collection, "secret.txt", "The lighthouse keeper was a spy.", "&readers=user:chief");
    Api ann = admin.with(key("ann", "user:ann"));
    Api bob = admin.with(key("bob", "user:bob"));

    JsonNode set =
        ann.post(
            "/api/evaluations/sets",
            Map.of(
                "name",
                "lighthouse",
                "queries",
                List.of(
                    Map.of(
                        "text", "lighthouse", "relevant", Map.of("open.txt", 1, "secret.txt", 1)),
                    Map.of("text", "keeper", "relevant", Map.of("secret.txt", 1)))));
    Map<String, Object> body =
        Map.of(
            "set", set.path("id").asString(),
            "collection", collection,
            "configurations",
                List.of(
                    Map.of("name", "plain"),
                    Map.of("name", "strict", "search", Map.of("score_threshold", 1.0))));
    JsonNode run = awaitRun(ann, ann.post("/api/evaluations", body));
    JsonNode summary = run.path("summary");
    assertThat(summary.path("queries").asInt()).isEqualTo(1);
    assertThat(summary.path("judgements_missing").asInt()).isEqualTo(2);
    JsonNode recall = summary.path("configurations").path(0).path("metrics").path("recall@10");
    assertThat(recall.path("mean").asDouble()).isEqualTo(1);
    assertThat(summary.path("comparisons").size()).isEqualTo(8);

    String path = "/api/evaluations/" + run.path("id").asString();
    Api.Reply page = ann.send("GET", path + "/report", null, null, Map.of());
    assertThat(page.raw().headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'", "sandbox");
    assertThat(ann.get(path + "/queries?metric=map&limit=1").path("has_more").asBoolean()).isTrue();
    assertThat(ann.get(path + "/report.json").toString()).doesNotContain("a spy");

    for (String hidden :
        List.of(
            path,
            path + "/report",
            path + "/report.json",
            path + "/queries",
            "/api/evaluations/sets/" + set.path("id").asString())) {
      assertThat(bob.send("GET", hidden, null, null, Map.of()).status()).as(hidden).isEqualTo(404);
    }
    assertThat(bob.get("/api/evaluations").path("items").isEmpty()).isTrue();
    assertThat(status(bob, "/api/evaluations", body)).isEqualTo(404);
    assertThat(status(ann, path + "/cancel", Map.of())).isEqualTo(409);
    assertThat(
            admin
                .delete("/api/evaluations/sets/" + set.path("id").asString())
                .path("deleted")
                .asBoolean())
        .isTrue();
    assertThat(ann.send("GET", path, null, null, Map.of()).status()).isEqualTo(404);
  }

  @Test
  void aTableIsUploadedAndAnswersAreMeasured() {
    String collection = admin.createCollection("asked");
    put(collection, "leave.txt", "Parents receive 20 weeks of parental leave at full pay.", "");
    String table = "question,document,answer\nHow long is parental leave?,leave.txt,20 weeks\n";
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nquestions\r\n--b\r\n"
            + "Content-Disposition: form-data; name=\"documents_by\"\r\n\r\nfilename\r\n--b\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"q.csv\"\r\n\r\n"
            + table
            + "\r\n--b--\r\n";
    JsonNode set =
        admin
            .send(
                "POST",
                "/api/evaluations/sets/upload",
                "multipart/form-data; boundary=b",
                form.getBytes(StandardCharsets.UTF_8),
                Map.of())
            .json();
    assertThat(set.path("documents_by").asString()).as(set.toString()).isEqualTo("filename");
    String id = set.path("id").asString();
    JsonNode run =
        awaitRun(
            admin,
            admin.post(
                "/api/evaluations", Map.of("set", id, "collection", collection, "answers", true)));
    JsonNode metrics = run.path("summary").path("configurations").path(0).path("metrics");
    for (String measure :
        List.of(
            "hit@1",
            "answer_hit",
            "answer_sentence_hit",
            "citation_precision",
            "citation_recall")) {
      assertThat(metrics.path(measure).path("mean").asDouble(0)).as(measure).isEqualTo(1);
    }
  }

  @Test
  void whatARunMayNotSayIsRefusedWhenItIsMade() {
    String collection = admin.createCollection("refused");
    String set =
        admin
            .post(
                "/api/evaluations/sets",
                Map.of(
                    "name",
                    "s",
                    "queries",
                    List.of(Map.of("text", "x", "relevant", Map.of("d", 1)))))
            .path("id")
            .asString();
    for (Map<String, Object> search :
        List.<Map<String, Object>>of(
            Map.of("text_weigth", 1),
            Map.of("text_weight", -1),
            Map.of("limit", 5),
            Map.of("filter", Map.of("type", "like")))) {
      Map<String, Object> body =
          Map.of(
              "set", set,
              "collection", collection,
              "configurations", List.of(Map.of("search", search)));
      assertThat(status(admin, "/api/evaluations", body)).as(body.toString()).isEqualTo(400);
    }
    assertThat(status(admin, "/api/evaluations", Map.of("set", set, "collection", "vs_none")))
        .isEqualTo(404);
    assertThat(status(admin, "/api/evaluations", Map.of("set", set))).isEqualTo(400);
    assertThat(status(admin, "/api/evaluations/sets", Map.of("name", "s", "queries", List.of())))
        .isEqualTo(400);
    assertThat(status(admin, "/api/evaluations/sets", Map.of("name", "s", "querys", List.of())))
        .isEqualTo(400);
  }

  private static int status(Api api, String path, Map<String, Object> body) {
    return api.send(
            "POST", path, "application/json", JsonMapper.shared().writeValueAsBytes(body), Map.of())
        .status();
  }

  private void put(String collection, String name, String text, String more) {
    admin.put(
        "/api/collections/" + collection + "/documents/" + name + "?refresh=wait" + more,
        "text/plain",
        text.getBytes(StandardCharsets.UTF_8));
  }

  private String key(String name, String principal) {
    return admin
        .post(
            "/api/keys",
            Map.of(
                "name", name,
                "verbs", List.of("read", "write", "delete"),
                "principals", List.of(principal)))
        .path("secret")
        .asString();
  }

  private static JsonNode awaitRun(Api api, JsonNode begun) {
    JsonNode run = begun;
    for (int tries = 0; tries < 600 && !run.path("state").asString().equals("succeeded"); tries++) {
      assertThat(run.path("state").asString()).as(run.toString()).isIn("queued", "running");
      RunningServer.pause(Duration.ofMillis(100));
      run = api.get("/api/evaluations/" + run.path("id").asString());
    }
    return run;
  }
}
