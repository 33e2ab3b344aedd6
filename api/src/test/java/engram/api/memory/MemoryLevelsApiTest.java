package engram.api.memory;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.Verb;
import java.net.http.HttpResponse;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The workers of the server that is tested do the work behind the log.
class MemoryLevelsApiTest extends ServerTest {
  private static final int TRIES = 600;

  private final String user = "levels-" + UUID.randomUUID();

  private JsonNode await(String path, String secret, Predicate<JsonNode> done) {
    HttpResponse<String> last = get(path, secret);
    for (int tries = 0; tries < TRIES; tries++) {
      assertThat(last.statusCode()).as(last.body()).isEqualTo(200);
      if (done.test(json(last))) {
        return json(last);
      }
      LockSupport.parkNanos(100_000_000);
      last = get(path, secret);
    }
    throw new AssertionError("waited for too long: " + last.body());
  }

  private void say(String secret, String session, String text) {
    var reply =
        post(
            "/api/memory/events",
            "{\"user\": \"%s\", \"events\": [{\"session\": \"%s\", \"speaker\": \"Ann\", \"at\": \"2024-03-01T10:00:00Z\", \"text\": \"%s\", \"key\": \"%s\"}]}"
                .formatted(user, session, text, UUID.randomUUID()),
            secret);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
  }

  @Test
  void whatIsSaidComesUpTheLevelsAndGoesFromAllOfThem() {
    String secret = key(Verb.values()).secret();
    say(secret, "a", "My cello teacher is Quirrell of Cremona.");
    say(secret, "b", "Quirrell plays the cello on Sundays.");

    JsonNode episodes =
        await("/api/memory/episodes?user=" + user, secret, page -> page.path("items").size() == 2);
    assertThat(episodes.path("items").path(0).path("boundary").asString()).isEqualTo("session");
    JsonNode profile =
        await(
                "/api/memory/levels?user=" + user,
                secret,
                page -> page.toString().contains("Sundays") && page.toString().contains("Cremona"))
            .path("items")
            .path(0);
    assertThat(profile.path("level").asString()).isEqualTo("profile");
    assertThat(profile.path("writer").asString()).isEqualTo("extractive");
    JsonNode sizes = json(get("/api/memory/sizes?user=" + user, secret));
    assertThat(sizes.path("levels").path(0).path("items").asInt()).isEqualTo(2);
    assertThat(sizes.path("used_bytes").asLong())
        .isPositive()
        .isLessThanOrEqualTo(sizes.path("budget_bytes").asLong());
    assertThat(sizes.path("strength_days").asDouble()).isEqualTo(30);
    assertThat(sizes.path("growth").path(0).path("day").asString()).hasSize(10);

    var erased =
        post("/api/memory/erase", "{\"user\": \"%s\", \"session\": \"a\"}".formatted(user), secret);
    assertThat(erased.statusCode()).as(erased.body()).isEqualTo(200);
    JsonNode left =
        await("/api/memory/levels?user=" + user, secret, page -> page.path("items").size() == 1);
    assertThat(left.toString()).contains("Sundays").doesNotContain("Cremona");
  }

  @Test
  void whatIsSaidTwiceIsRecalledOnce() {
    String secret = key(Verb.values()).secret();
    say(secret, "a", "Remember to water the tomatoes on the balcony");
    say(secret, "b", "Remember to water the tomatoes on the balcony!");
    var asked = post("/api/memory/consolidate", "{\"user\": \"%s\"}".formatted(user), secret);
    assertThat(asked.statusCode()).as(asked.body()).isEqualTo(202);
    String job = json(asked).path("job").asString();
    await("/api/jobs/" + job, secret, state -> state.path("state").asString().equals("succeeded"));

    String query = "{\"user\": \"%s\", \"query\": \"tomatoes on the balcony\"}".formatted(user);
    var recalled = post("/api/memory/recall", query, secret);
    for (int tries = 0; json(recalled).path("items").isEmpty() && tries < TRIES; tries++) {
      LockSupport.parkNanos(50_000_000);
      recalled = post("/api/memory/recall", query, secret);
    }
    assertThat(json(recalled).path("items")).hasSize(1);
  }

  @Test
  void whoActsForOthersSeesNothingAndMistakesAreTold() {
    String secret = key(Verb.values()).secret();
    String missing = get("/api/memory/levels", secret).body();
    assertThat(missing).contains("'user' says whose memories");
    assertThat(get("/api/memory/levels?user=" + user + "&level=turns", secret).body())
        .contains("none of turn, episode, topic, profile");
    assertThat(get("/api/memory/levels?user=" + user + "&level=turn", secret).statusCode())
        .isEqualTo(400);
    assertThat(get("/api/memory/episodes?user=" + user + "&after=x", secret).statusCode())
        .isEqualTo(400);
    assertThat(get("/api/memory/episodes?user=" + user + "&limit=1001", secret).statusCode())
        .isEqualTo(400);
  }
}
