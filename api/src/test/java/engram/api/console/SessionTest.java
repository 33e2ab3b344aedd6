package engram.api.console;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.KeyStore;
import engram.api.security.SessionStore;
import engram.api.security.Verb;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class SessionTest extends ServerTest {
  private static final String PATH = "/api/session";

  @Autowired SessionStore sessions;

  @Test
  void aKeyBeginsASessionThatMayWhatTheKeyMay() {
    HttpResponse<String> started = post(PATH, "", key(Verb.READ, Verb.WRITE).secret());
    assertThat(started.statusCode()).isEqualTo(201);
    assertThat(json(started).path("user").path("role").asString()).isEqualTo("editor");
    String cookie = cookieOf(started);
    assertThat(get("/v1/trial/access", null, "Cookie", cookie).statusCode()).isEqualTo(200);
    assertThat(get("/api/keys", null, "Cookie", cookie).statusCode()).isEqualTo(403);
    var seen = get(PATH, null, "Cookie", cookie);
    assertThat(json(seen).path("user").path("name").asString()).isEqualTo("test");
    assertThat(json(seen).path("csrf_token").asString())
        .isEqualTo(json(started).path("csrf_token").asString());
  }

  @Test
  void theCookieIsForNoScriptAndNoOtherSiteAndTheDatabaseDoesNotHoldIt() {
    HttpResponse<String> started = post(PATH, "", key(Verb.READ).secret());
    String header = started.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(header).contains("HttpOnly", "SameSite=Strict", "Path=/").doesNotContain("Domain");
    String token = cookieOf(started).replace("engram_session=", "");
    assertThat(started.body()).doesNotContain(token);
    String stored =
        database()
            .transactions()
            .readInSystem(() ->
                database()
                    .jdbc()
                    .sql("select string_agg(s::text, ' ') from console_sessions s")
                    .query(String.class)
                    .single());
    assertThat(stored).doesNotContain(token);
  }

  @Test
  void whatChangesSomethingNeedsTheTokenOfThePage() {
    HttpResponse<String> started = post(PATH, "", key(Verb.DELETE).secret());
    String cookie = cookieOf(started);
    String token = json(started).path("csrf_token").asString();
    String other = json(post(PATH, "", key(Verb.DELETE).secret())).path("csrf_token").asString();
    String path = "/api/trial/things";
    assertThat(send("DELETE", path, null, null, "Cookie", cookie).statusCode()).isEqualTo(403);
    var forged = send("DELETE", path, null, null, "Cookie", cookie, "Engram-CSRF-Token", other);
    assertThat(forged.statusCode()).isEqualTo(403);
    assertThat(json(forged).path("code").asString()).isEqualTo("csrf_token_needed");
    assertThat(
            send("DELETE", path, null, null, "Cookie", cookie, "Engram-CSRF-Token", token)
                .statusCode())
        .isLessThan(300);
  }

  @Test
  void aKeyInAHeaderComesBeforeTheCookie() {
    String cookie = cookieOf(post(PATH, "", key(Verb.READ).secret()));
    assertThat(get("/api/me", "wrong", "Cookie", cookie).statusCode()).isEqualTo(401);
    assertThat(json(get(PATH, "wrong", "Cookie", cookie)).path("user").isNull()).isTrue();
  }

  @Test
  void signingOutEndsItAtOnce() {
    HttpResponse<String> started = post(PATH, "", key(Verb.READ).secret());
    String cookie = cookieOf(started);
    String token = json(started).path("csrf_token").asString();
    assertThat(get("/api/me", null, "Cookie", cookie).statusCode()).isEqualTo(200);
    var ended = send("DELETE", PATH, null, null, "Cookie", cookie, "Engram-CSRF-Token", token);
    assertThat(ended.headers().firstValue("Set-Cookie").orElseThrow()).contains("Max-Age=0");
    assertThat(get("/api/me", null, "Cookie", cookie).statusCode()).isEqualTo(401);
    assertThat(json(get(PATH, null, "Cookie", cookie)).path("user").isNull()).isTrue();
  }

  @Test
  void itEndsWithItsKeyAndWithItsTime() {
    KeyStore.Created key = key(Verb.READ);
    String cookie = cookieOf(post(PATH, "", key.secret()));
    keys.revoke(tenant, key.key().id());
    assertThat(get("/api/me", null, "Cookie", cookie).statusCode()).isEqualTo(401);

    String idle = cookieOf(post(PATH, "", key(Verb.READ).secret()));
    clock.offset = Duration.ofMinutes(119);
    assertThat(get("/api/me", null, "Cookie", idle).statusCode()).isEqualTo(200);
    clock.offset = Duration.ofMinutes(230);
    assertThat(get("/api/me", null, "Cookie", idle).statusCode()).isEqualTo(200);
    clock.offset = Duration.ofMinutes(230 + 121);
    assertThat(get("/api/me", null, "Cookie", idle).statusCode()).isEqualTo(401);
    assertThat(sessions.forgetEnded(1000)).isPositive();
    clock.offset = Duration.ZERO;
  }

  @Test
  void noSessionBeyondTwelveHoursHoweverBusy() {
    String cookie = cookieOf(post(PATH, "", key(Verb.READ).secret()));
    for (int hours = 1; hours < 12; hours++) {
      clock.offset = Duration.ofHours(hours);
      assertThat(get("/api/me", null, "Cookie", cookie).statusCode())
          .as(hours + " h")
          .isEqualTo(200);
    }
    clock.offset = Duration.ofHours(12).plusMinutes(1);
    assertThat(get("/api/me", null, "Cookie", cookie).statusCode()).isEqualTo(401);
  }

  @Test
  void cookiesThatWeNeverGaveOpenNothing() {
    for (String value : new String[] {"", "x", "a".repeat(43), "a".repeat(5000), "%00", "'--"}) {
      String cookie = "engram_session=" + value;
      assertThat(get("/api/me", null, "Cookie", cookie).statusCode()).as(value).isEqualTo(401);
    }
  }

  private static String cookieOf(HttpResponse<String> response) {
    return response.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
  }
}
