package engram.api.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import engram.api.ServerTest;
import engram.api.security.ApiKey.Budget;
import engram.api.security.KeyDraft;
import engram.api.security.Verb;
import java.net.http.HttpResponse;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class MemoryApiTest extends ServerTest {
  private static final String SAID =
      """
      {"user": "ann", "events": [
        {"session": "s1", "speaker": "Ann", "at": "2024-03-01T10:00:00Z", "text": "I live in Rome", "key": "1"},
        {"session": "s1", "speaker": "Bob", "at": "2024-03-01T10:01:00Z", "text": "Which instrument do you play?"},
        {"session": "s1", "speaker": "Ann", "at": "2024-03-01T10:02:00Z", "text": "The cello, since school"}]}
      """;

  private String all() {
    return key(Verb.values()).secret();
  }

  private static void ok(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  @Test
  void whatWasSaidIsRecalledWithItsReasons() {
    String secret = all();
    var appended = post("/api/memory/events?refresh=wait", SAID, secret);
    ok(appended);
    assertThat(json(appended).path("events").size()).isEqualTo(3);
    assertThat(json(appended).path("model_calls").asInt(-1)).isZero();

    var recalled =
        post(
            "/api/memory/recall",
            "{\"user\": \"ann\", \"query\": \"which instrument\", \"items\": 2, \"now\": \"2024-03-02T10:00:00Z\", \"explain\": true}",
            secret);
    ok(recalled);
    JsonNode items = json(recalled).path("items");
    assertThat(items.path(0).path("event").path("text").asString())
        .isEqualTo("Which instrument do you play?");
    // It has none of the words: it is lent some by its neighbour.
    assertThat(items.path(1).path("event").path("text").asString())
        .isEqualTo("The cello, since school");
    assertThat(items.toString()).contains("\"neighbours\"");
    double sum = 0;
    for (JsonNode part : items.path(0).path("explanation").path("parts")) {
      sum += part.path("value").asDouble();
    }
    assertThat(sum).isCloseTo(items.path(0).path("score").asDouble(), within(1e-9));

    var timeline = get("/api/memory/events?user=ann&limit=2", secret);
    ok(timeline);
    assertThat(json(timeline).path("items").size()).isEqualTo(2);
    long next = json(timeline).path("next").asLong();
    assertThat(json(get("/api/memory/events?user=ann&after=" + next, secret)).path("items").size())
        .isEqualTo(1);
  }

  @Test
  void appendingTwiceIsAppendingOnceAndOtherContentIsAConflict() {
    String secret = all();
    post("/api/memory/events", SAID, secret);
    var again = post("/api/memory/events", SAID, secret);
    assertThat(json(again).path("events").path(0).path("is_new").asBoolean(true)).isFalse();

    var changed = post("/api/memory/events", SAID.replace("Rome", "Bonn"), secret);
    assertThat(changed.statusCode()).isEqualTo(409);
    assertThat(changed.body()).contains("event_conflict");
  }

  @Test
  void aRequestWithoutAUserOrATimeIsRefused() {
    String secret = all();
    var noUser = post("/api/memory/events", SAID.replace("\"user\": \"ann\", ", ""), secret);
    assertThat(noUser.statusCode()).isEqualTo(400);
    assertThat(get("/api/memory/events?user=*", secret).statusCode()).isEqualTo(400);
    var noTime =
        post("/api/memory/events", SAID.replace("\"at\": \"2024-03-01T10:00:00Z\", ", ""), secret);
    assertThat(noTime.statusCode()).isEqualTo(400);
    assertThat(noTime.body()).contains("events[0].at");
  }

  @Test
  void aKeyThatActsForAnnHasAnnsMemoriesOnly() {
    post("/api/memory/events", SAID, all());
    String anns =
        keys.create(
                tenant,
                new KeyDraft(
                    "ann",
                    Set.of(Verb.READ, Verb.WRITE, Verb.DELETE),
                    null,
                    null,
                    Set.of("user:ann"),
                    false,
                    Budget.UNLIMITED,
                    null),
                "test")
            .secret();

    assertThat(get("/api/memory/events?user=ann", anns).statusCode()).isEqualTo(200);
    assertThat(get("/api/memory/events?user=bob", anns).statusCode()).isEqualTo(403);
    assertThat(post("/api/memory/events", SAID.replace("\"ann\"", "\"bob\""), anns).statusCode())
        .isEqualTo(403);
    assertThat(
            post("/api/memory/erase", "{\"user\": \"\", \"everything\": true}", anns).statusCode())
        .isEqualTo(403);
    assertThat(get("/api/memory/events?user=ann", key(Verb.METRICS).secret()).statusCode())
        .isEqualTo(403);
  }

  @Test
  void factsHoldAreCorrectedVerifiedAndRetracted() {
    String secret = all();
    long event =
        json(post("/api/memory/events", SAID, secret)).path("events").path(0).path("seq").asLong();
    String fact =
        """
        {"subject": "Ann", "predicate": "lives in", "object": "Rome",
         "event_at": "2024-03-01T10:00:00Z", "evidence": [{"event": %d, "start": 0, "end": 14}]}
        """
            .formatted(event);
    var added = post("/api/memory/facts", "{\"user\": \"ann\", \"facts\": [" + fact + "]}", secret);
    ok(added);
    long claim = json(added).path("claims").path(0).path("claim").asLong();

    var verified = get("/api/memory/facts/" + claim + "/verify?user=ann", secret);
    ok(verified);
    assertThat(json(verified).path("intact").asBoolean()).isTrue();
    assertThat(json(verified).path("quotations").path(0).path("text").asString())
        .isEqualTo("I live in Rome");

    var corrected =
        post(
            "/api/memory/facts/" + claim + "/correct",
            "{\"user\": \"ann\", \"fact\": {\"subject\": \"Ann\", \"predicate\": \"lives in\","
                + " \"object\": \"Bern\", \"event_at\": \"2024-03-02T00:00:00Z\"}}",
            secret);
    ok(corrected);
    assertThat(objects("/api/memory/facts?user=ann&subject=ann", secret)).isEqualTo("Bern");
    long second = json(corrected).path("claims").path(0).path("claim").asLong();
    ok(post("/api/memory/facts/" + second + "/retract", "{\"user\": \"ann\"}", secret));
    assertThat(objects("/api/memory/facts?user=ann", secret)).isEqualTo("Rome");
    assertThat(objects("/api/memory/facts?user=ann&known=2000-01-01T00:00:00Z", secret)).isEmpty();
    assertThat(json(get("/api/memory/facts?user=ann&history=true", secret)).path("items").size())
        .isGreaterThan(1);
    assertThat(post("/api/memory/facts/4711/retract", "{\"user\": \"ann\"}", secret).statusCode())
        .isEqualTo(404);
  }

  private String objects(String path, String secret) {
    StringBuilder objects = new StringBuilder();
    json(get(path, secret))
        .path("items")
        .forEach(item -> objects.append(item.path("object").asString()));
    return objects.toString();
  }

  @Test
  void erasureEndsInAReceiptAndAHoldStandsAgainstIt() {
    String secret = all();
    post("/api/memory/events?refresh=wait", SAID, secret);
    var held = post("/api/memory/holds", "{\"user\": \"ann\", \"reason\": \"case 4711\"}", secret);
    assertThat(held.statusCode()).isEqualTo(201);
    String erase = "{\"user\": \"ann\", \"session\": \"s1\"}";
    assertThat(post("/api/memory/erase", erase, secret).statusCode()).isEqualTo(409);
    ok(send("DELETE", "/api/memory/holds/" + json(held).path("id").asString(), null, secret));

    var erased = post("/api/memory/erase", erase, secret);
    ok(erased);
    assertThat(json(erased).path("removed").path("events").asInt()).isEqualTo(3);
    assertThat(json(erased).path("remaining").path("index_entries").asInt(-1)).isZero();
    assertThat(json(erased).path("signature").asString()).isNotBlank();
    assertThat(json(get("/api/memory/events?user=ann", secret)).path("items").size()).isZero();
    assertThat(json(get("/api/memory/receipts?user=ann", secret)).path("items").size())
        .isEqualTo(1);
    assertThat(post("/api/memory/erase", "{\"user\": \"ann\"}", secret).statusCode())
        .isEqualTo(400);
  }

  @Test
  void conversationsAreImported() {
    String secret = all();
    String boundary = "xyz";
    String body =
        "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\r\n"
            + "[{\"role\":\"user\",\"content\":\"hello\",\"created_at\":1709287200}]"
            + "\r\n--xyz--\r\n";
    var loaded =
        send(
            "POST",
            "/api/memory/events/import?format=openai&user=ann",
            body,
            secret,
            "Content-Type",
            "multipart/form-data; boundary=" + boundary);
    ok(loaded);
    assertThat(json(loaded).path("added").asInt()).isEqualTo(1);
  }
}
