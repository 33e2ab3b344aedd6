package engram.api.memory;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.Verb;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Control over memories, over HTTP.
class MemoryControlApiTest extends ServerTest {
  private String all() {
    return key(Verb.values()).secret();
  }

  private JsonNode ok(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isBetween(200, 201);
    return json(response);
  }

  private long say(String session, String text, String secret) {
    String body =
        """
        {"user": "ann", "events": [{"session": "%s", "at": "2024-03-01T10:00:00Z", "text": "%s"}]}
        """
            .formatted(session, text);
    return ok(post("/api/memory/events?refresh=wait", body, secret))
        .path("events")
        .path(0)
        .path("seq")
        .asLong();
  }

  private JsonNode events(String secret) {
    return ok(get("/api/memory/events?user=ann", secret)).path("items");
  }

  @Test
  void whatIsPinnedIsRecalledFirstUntilItIsNot() {
    String secret = all();
    long pinned = say("one", "call me captain", secret);
    say("two", "the cello is loud", secret);
    String recall = "{\"user\": \"ann\", \"query\": \"cello\", \"items\": 1}";
    String pin = "/api/memory/pins/event/" + pinned + "?user=ann";
    ok(send("PUT", pin, null, secret));
    assertThat(first(recall, secret)).isEqualTo(pinned);
    assertThat(ok(get("/api/memory/pins?user=ann", secret)).path("items").size()).isEqualTo(1);
    ok(send("DELETE", pin, null, secret));
    assertThat(first(recall, secret)).isNotEqualTo(pinned);
    assertThat(send("PUT", "/api/memory/pins/event/999?user=ann", null, secret).statusCode())
        .isEqualTo(404);
    assertThat(send("PUT", "/api/memory/pins/thing/1?user=ann", null, secret).statusCode())
        .isEqualTo(400);
    assertThat(send("PUT", pin, null, key(Verb.READ).secret()).statusCode()).isEqualTo(403);
  }

  private long first(String recall, String secret) {
    return ok(post("/api/memory/recall", recall, secret))
        .path("items")
        .path(0)
        .path("event")
        .path("seq")
        .asLong();
  }

  @Test
  void aSnapshotIsComparedRolledBackToOnConfirmationAndTheRollbackUndone() {
    String secret = all();
    say("one", "first", secret);
    String id =
        ok(post("/api/memory/snapshots", "{\"user\": \"ann\", \"name\": \"then\"}", secret))
            .path("id")
            .asString();
    say("one", "second", secret);
    JsonNode diff = ok(get("/api/memory/snapshots/" + id + "/diff?user=ann", secret));
    assertThat(diff.path("events_added").asLong()).isEqualTo(1);

    String rollback = "/api/memory/snapshots/" + id + "/rollback";
    assertThat(post(rollback, "{\"user\": \"ann\"}", secret).statusCode()).isEqualTo(400);
    assertThat(post(rollback, "{\"user\": \"bob\", \"confirm\": true}", secret).statusCode())
        .isEqualTo(404);
    JsonNode done = ok(post(rollback, "{\"user\": \"ann\", \"confirm\": true}", secret));
    assertThat(events(secret).size()).isEqualTo(1);
    String undo = done.path("undo").path("id").asString();
    ok(
        post(
            "/api/memory/snapshots/" + undo + "/rollback",
            "{\"user\": \"ann\", \"confirm\": true}",
            secret));
    assertThat(events(secret).size()).isEqualTo(2);

    JsonNode branch =
        ok(
            post(
                "/api/memory/snapshots/" + id + "/branch",
                "{\"user\": \"ann\", \"to_run\": \"trial\"}",
                secret));
    assertThat(branch.path("events").asLong()).isEqualTo(1);
    assertThat(ok(get("/api/memory/events?user=ann&run=trial", secret)).path("items").size())
        .isEqualTo(1);
  }

  @Test
  void anExportIsReadInElsewhereAndABrokenOneIsNot() throws Exception {
    String secret = all();
    say("one", "taken elsewhere", secret);
    HttpResponse<byte[]> export =
        http.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + port + "/api/memory/export?user=ann"))
                .header("Authorization", "Bearer " + secret)
                .build(),
            BodyHandlers.ofByteArray());
    assertThat(export.statusCode()).isEqualTo(200);
    assertThat(export.headers().firstValue("Content-Type")).hasValue("application/zip");

    byte[] broken = export.body().clone();
    broken[broken.length / 3] ^= 4;
    assertThat(load(broken, secret).statusCode()).isEqualTo(400);
    HttpResponse<String> loaded = load(export.body(), secret);
    assertThat(ok(loaded).path("events").asLong()).isEqualTo(1);
    assertThat(ok(get("/api/memory/events?user=copy", secret)).path("items").size()).isEqualTo(1);
    assertThat(load(export.body(), secret).statusCode()).isEqualTo(409);
  }

  private HttpResponse<String> load(byte[] file, String secret)
      throws IOException, InterruptedException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(
        "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"m.zip\"\r\n\r\n"
            .getBytes(StandardCharsets.UTF_8));
    body.write(file);
    body.write("\r\n--xyz--\r\n".getBytes(StandardCharsets.UTF_8));
    return http.send(
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + port + "/api/memory/import?user=copy"))
            .header("Authorization", "Bearer " + secret)
            .header("Content-Type", "multipart/form-data; boundary=xyz")
            .POST(BodyPublishers.ofByteArray(body.toByteArray()))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  void whoReadAndWroteIsListedWithoutContent() {
    var made = key(Verb.values());
    say("one", "a secret cello", made.secret());
    post("/api/memory/recall", "{\"user\": \"ann\", \"query\": \"cello\"}", made.secret());
    JsonNode items = ok(get("/api/memory/history?user=ann", made.secret())).path("items");
    assertThat(items.path(0).path("operation").asString()).isEqualTo("recall");
    assertThat(items.path(1).path("operation").asString()).isEqualTo("append");
    assertThat(items.path(1).path("actor").asString()).isEqualTo(made.key().id());
    assertThat(items.path(0).path("items").size()).isEqualTo(1);
    assertThat(items.toString()).doesNotContain("secret");
    assertThat(
            ok(get("/api/memory/history?user=ann&writes=true", made.secret())).path("items").size())
        .isEqualTo(1);
  }

  @Test
  void everyWayToReadIsListed() {
    var made = key(Verb.values());
    String secret = made.secret();
    long event = say("one", "I live in Bonn", secret);
    String claim =
        ok(post(
                "/api/memory/facts",
                """
                {"user": "ann", "facts": [{"subject": "Ann", "predicate": "lives in",
                  "object": "Bonn", "event_at": "2024-03-01T10:00:00Z",
                  "evidence": [{"event": %d, "start": 0, "end": 14}]}]}
                """
                    .formatted(event),
                secret))
            .path("claims")
            .path(0)
            .path("claim")
            .asString();
    for (String path :
        List.of(
            "events?user=ann",
            "events/sessions?user=ann",
            "episodes?user=ann",
            "levels?user=ann",
            "pins?user=ann",
            "facts?user=ann&contested=true",
            "facts/" + claim + "/verify?user=ann",
            "facts/" + claim + "/story?user=ann")) {
      ok(get("/api/memory/" + path, secret));
    }
    List<String> operations = new ArrayList<>();
    ok(get("/api/memory/history?user=ann&writes=false", secret))
        .path("items")
        .forEach(item -> operations.add(item.path("operation").asString()));
    assertThat(operations)
        .containsExactly(
            "story", "verify", "facts", "pins", "levels", "episodes", "sessions", "timeline");
  }

  @Test
  void logsAreCutAnewForAdministrators() {
    String secret = all();
    say("one", "something", secret);
    assertThat(post("/api/memory/episodes/cut", "", key(Verb.WRITE).secret()).statusCode())
        .isEqualTo(403);
    HttpResponse<String> begun = post("/api/memory/episodes/cut", "", secret);
    assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
  }

  @Test
  void anErasureSaysBeforehandWhatItWouldTake() {
    String secret = all();
    say("one", "something", secret);
    String what = "{\"user\": \"ann\", \"session\": \"one\"}";
    JsonNode preview = ok(post("/api/memory/erase/preview", what, secret));
    assertThat(preview.path("events").asLong()).isEqualTo(1);
    assertThat(events(secret).size()).isEqualTo(1);
    assertThat(
            ok(post(
                    "/api/memory/erase/preview",
                    "{\"user\": \"ann\", \"everything\": true}",
                    secret))
                .path("events")
                .asLong())
        .isEqualTo(1);
  }

  @Test
  void howLongMemoriesAreKeptIsSetByAdministrators() {
    String secret = all();
    String rule = "{\"user\": \"*\", \"agent\": \"*\", \"run\": \"*\", \"days\": 30}";
    assertThat(ok(send("PUT", "/api/memory/retention", rule, secret)).path("days").asInt())
        .isEqualTo(30);
    assertThat(ok(get("/api/memory/retention?user=*", secret)).path("items").size()).isEqualTo(1);
    assertThat(send("PUT", "/api/memory/retention", rule, key(Verb.WRITE).secret()).statusCode())
        .isEqualTo(403);
    assertThat(send("PUT", "/api/memory/retention", rule.replace("30", "0"), secret).statusCode())
        .isEqualTo(400);
    ok(send("DELETE", "/api/memory/retention?user=*&agent=*&run=*", null, secret));
  }

  @Test
  void valuesThatCannotBeAreTheCallersMistakeAndMisspeltFieldsAreRefused() {
    String secret = all();
    for (String path :
        List.of(
            "/api/memory/events?user=ann&limit=5000",
            "/api/memory/history?user=ann&limit=0",
            "/api/memory/receipts?user=ann&limit=1000")) {
      assertThat(get(path, secret).statusCode()).as(path).isEqualTo(400);
    }
    assertThat(
            post(
                    "/api/memory/recall",
                    "{\"user\": \"ann\", \"query\": \"q\", \"itmes\": 3}",
                    secret)
                .statusCode())
        .isEqualTo(400);
    assertThat(
            post("/api/memory/recall", "{\"user\": \"ann\", \"query\": \"\"}", secret).statusCode())
        .isEqualTo(400);
  }
}
