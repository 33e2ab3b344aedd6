package engram.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.ApiKey.Budget;
import engram.api.security.KeyDraft;
import engram.api.security.Verb;
import engram.retrieval.Indexing;
import engram.retrieval.Ingestion;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/// Builds over HTTP. What they hold is for the tests of the retrieval room.
class BuildsApiTest extends ServerTest {
  @Autowired Ingestion ingestion;
  @Autowired Indexing indexing;

  private String admin;
  private String path;

  @BeforeEach
  void newCollection() {
    admin = key(Verb.READ, Verb.WRITE, Verb.DELETE, Verb.ADMIN).secret();
    JsonNode store = json(post("/v1/vector_stores", "{\"name\": \"built\"}", admin));
    path = "/api/collections/" + store.path("id").asString();
  }

  private void work() {
    while (ingestion.buildNext("test", () -> false)) {
      // until nothing waits
    }
    while (indexing.applyNext()) {
      // until it has followed
    }
  }

  private static void assertFailure(HttpResponse<String> response, int status, String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.body()).contains(type);
  }

  @Test
  void aBuildIsStartedComparedActivatedAndTakenBack() {
    HttpResponse<String> started =
        post(
            path + "/builds",
            """
            {"chunking": {"strategy": "sentences", "window": {"sentences": 3, "stride": 2}},
             "analysis": {"language": "none"}}
            """,
            admin);
    assertThat(started.statusCode()).as(started.body()).isEqualTo(202);
    JsonNode build = json(started);
    assertThat(build.path("id").asInt()).isEqualTo(1);
    assertThat(build.path("status").asString()).isEqualTo("building");
    JsonNode configuration = build.path("configuration");
    assertThat(configuration.path("chunking").path("strategy").asString()).isEqualTo("sentences");
    assertThat(configuration.path("chunking").path("window").path("stride").asInt()).isEqualTo(2);
    assertThat(configuration.path("analysis").path("language").asString()).isEqualTo("none");
    assertThat(configuration.path("embedding_model").isNull()).isTrue();
    assertThat(build.path("progress").path("documents_total").asInt()).isZero();

    assertFailure(post(path + "/builds", "{}", admin), 409, "candidate_exists");
    assertFailure(post(path + "/builds/1/activate", "{}", admin), 409, "build_not_ready");
    work();
    assertThat(json(get(path + "/builds/1", admin)).path("status").asString()).isEqualTo("ready");
    String search = "{\"query\": \"herons\", \"build\": 1}";
    assertThat(post(path + "/search", search, admin).statusCode()).isEqualTo(200);
    assertFailure(post(path + "/search", search.replace("1", "9"), admin), 404, "No build");

    HttpResponse<String> active = send("POST", path + "/builds/1/activate", null, admin);
    assertThat(active.statusCode()).as(active.body()).isEqualTo(200);
    assertThat(json(active).path("status").asString()).isEqualTo("serving");
    assertFailure(send("DELETE", path + "/builds/1", null, admin), 409, "build_serves");
    JsonNode back = json(post(path + "/rollback", "{\"accept_failures\": true}", admin));
    assertThat(back.path("id").asInt()).isZero();
    HttpResponse<String> discarded = send("DELETE", path + "/builds/1", null, admin);
    assertThat(discarded.statusCode()).isEqualTo(202);
    assertThat(json(discarded).path("status").asString()).isEqualTo("cancelled");
    work();
    assertFailure(get(path + "/builds/1", admin), 404, "No build");
    assertThat(json(get(path + "/builds", admin)).path("items").size()).isEqualTo(1);
    assertFailure(post(path + "/rollback", "{}", admin), 409, "no_retired_build");

    List<String> actions = new ArrayList<>();
    json(get("/api/audit?limit=50", admin))
        .path("data")
        .forEach(entry -> {
          if (entry.path("action").asString().startsWith("build.")) {
            actions.add(entry.path("action").asString());
          }
        });
    assertThat(actions)
        .containsExactlyInAnyOrder(
            "build.started", "build.activated", "build.rolled_back", "build.discarded");
  }

  @Test
  void whatIsNoConfigurationIsRefused() {
    assertFailure(
        post(path + "/builds", "{\"analysis\": {\"language\": \"xx\"}}", admin),
        400,
        "there are auto, common, de, fr, es, pt, it, nl, ro, tr, vi, none");
    assertFailure(
        post(path + "/builds", "{\"chunking\": {\"max_tokens\": 7}}", admin),
        400,
        "max_chunk_size_tokens 7");
    assertFailure(
        post(path + "/builds", "{\"embedding_model\": \"unheard of\"}", admin),
        400,
        "unknown_embedding_model");
    assertFailure(post(path + "/builds", "{\"chunks\": 7}", admin), 400, "chunks");
    assertFailure(get("/api/collections/vs_none/builds", admin), 404, "vs_none");
  }

  @Test
  void onlyAdministratorsSeeAndTryBuilds() {
    KeyDraft narrow =
        new KeyDraft(
            "narrow",
            Set.of(Verb.READ, Verb.ADMIN),
            null,
            null,
            Set.of("user:ann"),
            false,
            Budget.UNLIMITED,
            null);
    String ann = keys.create(tenant, narrow, "test").secret();
    assertFailure(get(path + "/builds", ann), 403, "unrestricted_keys_only");
    assertFailure(post(path + "/builds", "{}", ann), 403, "unrestricted_keys_only");
    String writer = key(Verb.READ, Verb.WRITE, Verb.DELETE).secret();
    assertFailure(get(path + "/builds", writer), 403, "admin");
    assertFailure(post(path + "/builds", "{}", writer), 403, "admin");
    assertFailure(post(path + "/rollback", "{}", writer), 403, "admin");
    assertFailure(
        post(path + "/search", "{\"query\": \"x\", \"build\": 0}", writer), 403, "missing_verb");
    assertFailure(get(path + "/documents/a/chunks?build=0", writer), 403, "missing_verb");
    assertFailure(
        post(
            "/api/evaluations",
            """
            {"set": "set_x", "collection": "vs_x",
             "configurations": [{"search": {}}, {"search": {"build": 1}}]}
            """,
            writer),
        403,
        "missing_verb");
  }
}
