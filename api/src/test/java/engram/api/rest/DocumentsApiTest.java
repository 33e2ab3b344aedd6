package engram.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.ApiKey.Budget;
import engram.api.security.KeyDraft;
import engram.api.security.Verb;
import engram.retrieval.Filter.Comparison;
import engram.retrieval.Filter.Operator;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Documents through the real library; nothing ingests them here.
class DocumentsApiTest extends ServerTest {
  private String admin;
  private String collection;

  @BeforeEach
  void collection() {
    admin = key(Verb.values()).secret();
    collection =
        json(post("/v1/vector_stores", "{\"name\":\"c\"}", admin)).path("id").stringValue();
  }

  private HttpResponse<String> put(String key, String content, String secret) {
    return send("PUT", path(key), content, secret, "Content-Type", "text/plain");
  }

  private String path(String keyOrFile) {
    return "/api/collections/" + collection + "/documents/" + keyOrFile;
  }

  private String fileOf(HttpResponse<String> put) {
    assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
    return json(put).path("document").path("file_id").stringValue();
  }

  private List<JsonNode> audited(String action) {
    return json(get("/api/audit?action=" + action, admin)).path("data").valueStream().toList();
  }

  @Test
  void aJobThatIsCancelledOrRetriedTakesItsDocumentAlong() {
    String file = fileOf(put("a.txt", "one", admin));
    JsonNode job = json(get("/api/jobs", admin)).path("items").get(0);
    String id = job.path("id").stringValue();
    assertThat(job.path("document").path("collection_id").stringValue()).isEqualTo(collection);
    assertThat(job.path("document").path("file_id").stringValue()).isEqualTo(file);
    assertThat(job.path("document").path("filename").stringValue()).isEqualTo("a.txt");
    assertThat(json(get("/api/jobs/" + id, admin)).path("document"))
        .isEqualTo(job.path("document"));

    assertThat(post("/api/jobs/" + id + "/cancel", "", admin).statusCode()).isEqualTo(200);
    assertThat(json(get(path(file), admin)).path("status").stringValue()).isEqualTo("cancelled");
    assertThat(post("/api/jobs/" + id + "/cancel", "", admin).statusCode()).isEqualTo(409);

    JsonNode again = json(post("/api/jobs/" + id + "/retry", "", admin));
    assertThat(again.path("state").stringValue()).isEqualTo("queued");
    assertThat(again.path("subject").stringValue()).isEqualTo(job.path("subject").stringValue());
    assertThat(json(get(path(file), admin)).path("status").stringValue()).isEqualTo("in_progress");
    assertThat(post("/api/jobs/" + id + "/retry", "", admin).statusCode())
        .as("another one is queued")
        .isEqualTo(409);
    assertThat(audited("job.cancelled")).hasSize(1);
    assertThat(audited("job.retried").getFirst().path("subject").stringValue())
        .isEqualTo("job " + id);
  }

  /// Writes and reads what has the attribute `team` = `x`.
  private String keyOfTeamX() {
    KeyDraft draft =
        new KeyDraft(
            "limited",
            Set.of(Verb.READ, Verb.WRITE),
            null,
            new Comparison("team", Operator.EQ, "x"),
            Set.of("user:ann"),
            false,
            Budget.UNLIMITED,
            null);
    return keys.create(tenant, draft, "test").secret();
  }

  @Test
  void aRefusedPutLeavesNothingBehind() {
    String limited = keyOfTeamX();
    assertThat(put("new.txt", "one", limited).statusCode()).isEqualTo(403);
    assertThat(json(get("/v1/files", admin)).path("data").size()).isZero();

    String team = "?attributes=%7B%22team%22%3A%22x%22%7D";
    String file = fileOf(put("mine.txt" + team, "one", limited));
    HttpResponse<String> refused = put("mine.txt" + team + "&readers=user:bob", "two", limited);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
    assertThat(get("/v1/files/" + file + "/content", admin).body()).isEqualTo("one");
    assertThat(put("mine.txt" + team, "one", limited).body()).contains("\"unchanged\"");
  }

  @Test
  void aPatchThatIsRefusedChangesNothing() {
    String file = fileOf(put("a.txt?readers=user:ann", "one", admin));
    var refused =
        send("PATCH", path(file) + "?refresh=true", "{\"readers\":[\"user:bob\"]}", admin);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
    assertThat(json(get(path(file), admin)).path("readers").toString()).isEqualTo("[\"user:ann\"]");
  }

  @Test
  void cancellingAndRetryingADocumentIsAudited() {
    String file = fileOf(put("a.txt", "one", admin));
    assertThat(post(path(file) + "/cancel", "", admin).statusCode()).isEqualTo(200);
    assertThat(post(path(file) + "/retry", "", admin).statusCode()).isEqualTo(202);
    String batches = "/v1/vector_stores/" + collection + "/file_batches";
    String batch =
        json(post(batches, "{\"file_ids\":[\"" + file + "\"]}", admin)).path("id").stringValue();
    assertThat(post(batches + "/" + batch + "/cancel", "", admin).statusCode()).isEqualTo(200);
    String document = "document " + file + " of " + collection;
    for (String action : List.of("document.cancelled", "document.retried")) {
      assertThat(audited(action))
          .extracting(entry -> entry.path("subject").stringValue())
          .containsExactly(document);
    }
    assertThat(audited("batch.cancelled"))
        .extracting(entry -> entry.path("subject").stringValue())
        .containsExactly("batch " + batch + " of " + collection);
  }

  @Test
  void aStoreWhoseFilesAreRefusedIsNotMade() {
    String limited = keyOfTeamX();
    String file = fileOf(put("mine.txt?attributes=%7B%22team%22%3A%22x%22%7D", "one", limited));
    String half = "{\"name\":\"half\",\"file_ids\":[\"" + file + "\"]}";
    HttpResponse<String> refused = post("/v1/vector_stores", half, limited);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
    assertThat(json(get("/v1/vector_stores", admin)).path("data").size()).isEqualTo(1);

    JsonNode whole = json(post("/v1/vector_stores", half, admin));
    assertThat(whole.path("file_counts").path("in_progress").intValue()).isEqualTo(1);
  }

  @Test
  void aPutSaysWhetherItChangedAnything() {
    assertThat(result("a.txt")).isEqualTo("created");
    assertThat(result("a.txt")).isEqualTo("unchanged");
    assertThat(result("a.txt?attributes=%7B%22n%22%3A1%7D")).isEqualTo("updated");
    assertThat(result("a.txt?attributes=%7B%22n%22%3A1%7D")).isEqualTo("unchanged");
    assertThat(result("a.txt?readers=user:ann,user:bob")).isEqualTo("updated");
    assertThat(result("a.txt?readers=user:bob,user:ann")).isEqualTo("unchanged");
  }

  private String result(String path) {
    return json(put(path, "one", admin)).path("result").stringValue();
  }

  @Test
  void onlyAnExplicitAutoTakesAChunkingBack() {
    String file = fileOf(put("a.txt", "one", admin));
    String sizes = "{\"max_chunk_size_tokens\":800,\"chunk_overlap_tokens\":100}";
    String own = "{\"type\":\"static\",\"static\":" + sizes + "}";
    assertThat(attached(file, ",\"chunking_strategy\":" + own)).isEqualTo(800);
    assertThat(attached(file, "")).as("not named").isEqualTo(800);
    put("a.txt", "one", admin);
    assertThat(json(get(path(file), admin)).path("chunking").path("max_tokens").intValue())
        .isEqualTo(800);
    assertThat(attached(file, ",\"chunking_strategy\":{\"type\":\"auto\"}")).isZero();
  }

  @Test
  void everyStrategyIsReachedFromBothSurfacesAndShownAsItWasGiven() {
    String file = fileOf(put("a.txt", "one", admin));
    for (String type :
        List.of("structure", "recursive", "tokens", "tables", "code", "questions", "whole")) {
      String own = "{\"type\":\"" + type + "\",\"" + type + "\":{\"context\":\"model\"}}";
      JsonNode shown = strategy(file, own);
      assertThat(shown.path("type").asString()).isEqualTo(type);
      assertThat(shown.path(type).path("max_chunk_size_tokens").intValue())
          .isEqualTo(type.equals("whole") ? 8191 : 400);
      assertThat(shown.path(type).path("context").asString()).isEqualTo("model");
    }
    String window = "{\"type\":\"sentences\",\"sentences\":{\"window\":{\"sentences\":4}}}";
    assertThat(strategy(file, window).path("sentences").path("window").toString())
        .isEqualTo("{\"sentences\":4,\"stride\":4}");

    String body =
        "{\"file_id\":\"" + file + "\",\"chunking\":{\"strategy\":\"tables\",\"max_tokens\":300}}";
    JsonNode attached =
        json(post("/api/collections/" + collection + "/documents", body, admin)).path("chunking");
    assertThat(attached.path("strategy").asString()).isEqualTo("tables");
    assertThat(attached.path("max_tokens").intValue()).isEqualTo(300);
    JsonNode store =
        json(
            post(
                "/v1/vector_stores",
                "{\"name\":\"s\",\"chunking_strategy\":" + window + "}",
                admin));
    assertThat(store.path("chunking_strategy").path("type").asString()).isEqualTo("sentences");
  }

  private JsonNode strategy(String file, String strategy) {
    HttpResponse<String> reply =
        post(
            "/v1/vector_stores/" + collection + "/files",
            "{\"file_id\":\"" + file + "\",\"chunking_strategy\":" + strategy + "}",
            admin);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    return json(reply).path("chunking_strategy");
  }

  @Test
  void aWrongChunkingIsToldWithTheRightOnes() {
    String file = fileOf(put("a.txt", "one", admin));
    String documents = "/api/collections/" + collection + "/documents";
    for (String chunking :
        List.of(
            "{\"strategy\":\"semantic\"}",
            "{\"context\":\"none\"}",
            "{\"strategy\":\"code\",\"overlap_tokens\":10}",
            "{\"window\":{\"sentences\":3}}",
            "{\"max_tokens\":50}",
            "{\"tokens\":50}")) {
      HttpResponse<String> refused =
          post(documents, "{\"file_id\":\"" + file + "\",\"chunking\":" + chunking + "}", admin);
      assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
    }
    HttpResponse<String> refused =
        post(
            "/v1/vector_stores",
            "{\"name\":\"s\",\"chunking_strategy\":{\"type\":\"semantic\"}}",
            admin);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("auto", "static", "recursive", "questions", "whole");
  }

  @Test
  void aPreviewShowsTheChunksAndStoresNothing() {
    String boundary = "x7";
    String content = "name,city\n" + "person of some name,a town of some size\n".repeat(60);
    String form =
        part(boundary, "file\"; filename=\"t.csv", content)
            + part(boundary, "chunking", "{\"strategy\":\"tables\",\"max_tokens\":100}")
            + part(boundary, "limit", "2")
            + "--"
            + boundary
            + "--\r\n";
    String type = "multipart/form-data; boundary=" + boundary;
    HttpResponse<String> reply = post("/api/chunk-preview", form, admin, "Content-Type", type);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    JsonNode preview = json(reply);
    assertThat(preview.path("totals").path("count").intValue()).isGreaterThan(4);
    assertThat(preview.path("totals").path("tokens_max").intValue()).isLessThanOrEqualTo(100);
    assertThat(preview.path("chunks").size()).isEqualTo(2);
    assertThat(preview.path("next").intValue()).isEqualTo(2);
    JsonNode second = preview.path("chunks").path(1);
    assertThat(second.path("context").asString()).isEqualTo("name,city");
    assertThat(second.path("kind").asString()).isEqualTo("table");
    int start = second.path("span").path("start").intValue();
    assertThat(content.startsWith(second.path("text").asString(), start)).isTrue();
    assertThat(json(get("/v1/files", admin)).path("data").size()).isZero();

    String file = fileOf(put("kept.md", "# Title\n\nSome text.", admin));
    for (String named : List.of("\"file_id\":\"" + file + "\"", "\"key\":\"kept.md\"")) {
      JsonNode stored = json(post("/api/chunk-preview", "{" + named + "}", admin));
      assertThat(stored.path("chunks").path(0).path("text").asString())
          .isEqualTo("# Title\n\nSome text.");
    }
    String reader = key(Verb.READ, Verb.CHAT).secret();
    assertThat(post("/api/chunk-preview", form, reader, "Content-Type", type).statusCode())
        .isEqualTo(403);
    assertThat(post("/api/chunk-preview", "{}", admin).statusCode()).isEqualTo(400);
    assertThat(post("/api/chunk-preview", "{\"file_id\":\"file-none\"}", admin).statusCode())
        .isEqualTo(404);
  }

  private static String part(String boundary, String name, String content) {
    return "--"
        + boundary
        + "\r\nContent-Disposition: form-data; name=\""
        + name
        + "\"\r\n\r\n"
        + content
        + "\r\n";
  }

  /// @return the chunk size that it has of its own, or 0
  private int attached(String file, String more) {
    HttpResponse<String> reply =
        post(
            "/v1/vector_stores/" + collection + "/files",
            "{\"file_id\":\"" + file + "\"" + more + "}",
            admin);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    return json(reply)
        .path("chunking_strategy")
        .path("static")
        .path("max_chunk_size_tokens")
        .asInt(0);
  }

  @Test
  void readersThatNobodyCanBeAreRefused() {
    String file = fileOf(put("a.txt?readers=user:ann", "one", admin));
    HttpResponse<String> empty = put("a.txt?readers=", "one", admin);
    assertThat(empty.statusCode()).as(empty.body()).isEqualTo(400);
    assertThat(empty.body()).contains("Leave it out").contains("PATCH");
    assertThat(put("a.txt?readers=user:ann%20b", "one", admin).statusCode()).isEqualTo(400);
    assertThat(
            send("PATCH", path(file), "{\"readers\":[\"user:ann,user:bob\"]}", admin).statusCode())
        .isEqualTo(400);
    assertThat(json(get(path(file), admin)).path("readers").path(0).asString())
        .isEqualTo("user:ann");
    assertThat(send("PATCH", path(file), "{\"readers\":[]}", admin).statusCode()).isEqualTo(200);
    assertThat(json(get(path(file), admin)).path("readers").size()).isZero();
  }

  @Test
  void aTextMayBeAsLargeAsAnUpload() {
    assertThat(put("large.txt", "x".repeat(100_000), admin).statusCode()).isEqualTo(201);
    assertThat(put("larger.txt", "x".repeat(3_000_000), admin).statusCode()).isEqualTo(413);
    assertThat(post("/api/ask", "x".repeat(100_000), admin).statusCode()).isEqualTo(413);
  }

  @Test
  void changesOfReadersAreAuditedWhateverTheWay() {
    String file = fileOf(put("a.txt?readers=user:ann", "one", admin));
    assertThat(audited("document.readers_changed")).as("a new document").isEmpty();
    put("a.txt?readers=user:ann", "one", admin);
    send("PATCH", path(file), "{\"attributes\":{\"a\":1}}", admin);
    assertThat(audited("document.readers_changed")).as("nothing changed").isEmpty();

    send("PATCH", path(file), "{\"readers\":[\"user:bob\"]}", admin);
    put("a.txt?readers=user:cyd", "one", admin);
    String store = "/v1/vector_stores/" + collection + "/files";
    String readers = "\"engram\":{\"readers\":[\"user:%s\"]}}";
    post(store + "/" + file, "{\"attributes\":{}," + readers.formatted("dee"), admin);
    post(store, "{\"file_id\":\"" + file + "\"," + readers.formatted("eve"), admin);
    post(
        "/v1/vector_stores/" + collection + "/file_batches",
        "{\"file_ids\":[\"" + file + "\"]," + readers.formatted("fay"),
        admin);
    post(
        path("").replaceAll("/$", ""),
        "{\"file_id\":\"" + file + "\",\"readers\":[\"user:gus\"]}",
        admin);
    List<JsonNode> entries = audited("document.readers_changed");
    assertThat(entries)
        .extracting(entry -> entry.path("detail").path("readers").path(0).asString())
        .containsExactly("user:gus", "user:fay", "user:eve", "user:dee", "user:cyd", "user:bob");
    assertThat(entries.getLast().path("detail").path("before").path(0).asString())
        .isEqualTo("user:ann");
    assertThat(entries.getLast().path("subject").stringValue())
        .isEqualTo("document " + file + " of " + collection);
  }

  @Test
  void newReadersLeaveAttributesThatSomebodyElseIsWriting() throws Exception {
    String file = fileOf(put("a.txt", "one", admin));
    CountDownLatch locked = new CountDownLatch(1);
    CompletableFuture<HttpResponse<String>> patch =
        CompletableFuture.supplyAsync(() -> {
          await(locked);
          return send("PATCH", path(file), "{\"readers\":[\"user:ann\"]}", admin);
        });
    database()
        .transactions()
        .inTenant(
            tenant,
            () -> {
              database()
                  .jdbc()
                  .sql("update documents set attributes = '{\"by\":\"other\"}' where file_id = ?")
                  .param(file)
                  .update();
              locked.countDown();
              Awaitility.await().atMost(Duration.ofSeconds(20)).until(this::somebodyWaits);
            });
    assertThat(patch.get().statusCode()).isEqualTo(200);
    JsonNode document = json(get(path(file), admin));
    assertThat(document.path("attributes").path("by").asString()).isEqualTo("other");
    assertThat(document.path("readers").path(0).asString()).isEqualTo("user:ann");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean somebodyWaits() {
    return database()
        .jdbc()
        .sql(
            "select count(*) > 0 from pg_stat_activity where datname = current_database()"
                + " and wait_event_type = 'Lock'")
        .query(Boolean.class)
        .single();
  }

  @Test
  void everyKeyThatCanBePutCanBeAddressed() {
    for (String key :
        List.of("notes/heron.md", "file-plan.md", "a b%2?.md", "by-key", "x/chunks")) {
      String query = "?key=" + URLEncoder.encode(key, StandardCharsets.UTF_8);
      String byKey = path("by-key") + "%s" + query.replace("%", "%%");
      HttpResponse<String> put =
          send("PUT", byKey.formatted(""), "about " + key, admin, "Content-Type", "text/plain");
      String file = fileOf(put);
      assertThat(json(get("/v1/files/" + file, admin)).path("filename").asString())
          .as("the name of %s", key)
          .isEqualTo(key.substring(key.lastIndexOf('/') + 1));
      assertThat(json(get(byKey.formatted(""), admin)).path("file_id").asString())
          .as(key)
          .isEqualTo(file);
      assertThat(get(byKey.formatted("/chunks"), admin).statusCode()).isEqualTo(200);
      assertThat(post(byKey.formatted("/cancel"), "", admin).statusCode()).isEqualTo(200);
      assertThat(post(byKey.formatted("/retry"), "", admin).statusCode()).isEqualTo(202);
      assertThat(send("PATCH", byKey.formatted(""), "{\"attributes\":{}}", admin).statusCode())
          .isEqualTo(200);
      assertThat(send("DELETE", byKey.formatted(""), null, admin).statusCode()).isEqualTo(200);
      assertThat(get(byKey.formatted(""), admin).statusCode()).isEqualTo(404);
    }
    String slashed = fileOf(put("notes/egret.md", "one", admin));
    assertThat(json(get(path("by-key?key=notes/egret.md"), admin)).path("file_id").asString())
        .isEqualTo(slashed);
    assertThat(get(path("other?key=notes/egret.md"), admin).statusCode()).isEqualTo(400);
  }
}
