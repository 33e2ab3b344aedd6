package engram.api.security;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.ApiKey.Budget;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;

class KeysTest extends ServerTest {
  @Autowired Budgets budgets;
  @Autowired KeyUsage usage;

  @Test
  void everyPathWithoutAValidKeyIsTheSame401() {
    KeyStore.Created expired = key(Budget.UNLIMITED, Instant.now().plusSeconds(60), Verb.READ);
    KeyStore.Created revoked = key(Verb.READ);
    keys.revoke(tenant, revoked.key().id());
    clock.offset = Duration.ofMinutes(2);
    var secrets = new java.util.ArrayList<String>();
    secrets.add(null);
    secrets.addAll(List.of("x", "engram_aaaaaaaa_" + "b".repeat(43), "%00", "ü", "a b c"));
    secrets.add(expired.secret());
    secrets.add(revoked.secret());
    secrets.add(key(Verb.READ).secret() + "x");
    Set<String> bodies = new HashSet<>();
    for (String path :
        List.of(
            "/nothing",
            "/assets/",
            "/assets/..%2fapplication.yaml",
            "/keys/../api/keys",
            "/v1/trial/access",
            "/api/trial/access",
            "/api/keys",
            "/error",
            "/openapi",
            "/openapi.yaml",
            "/actuator",
            "/actuator/info",
            "/actuator/prometheus",
            "/actuator/health/db",
            "/actuator/health/",
            "//v1/trial/access",
            "/v1/%2e%2e/x",
            "/v1;a=b/trial",
            "/favicon.ico",
            "/v1/trial/access?x=%00")) {
      for (String method : List.of("GET", "POST", "OPTIONS", "DELETE", "PUT", "TRACE", "HEAD")) {
        for (String secret : secrets) {
          if (secret != null && secret.equals("ü")) {
            continue; // the client refuses to send it
          }
          var response = send(method, path, null, secret);
          assertThat(response.statusCode()).as(method + " " + path + " " + secret).isEqualTo(401);
          if (!method.equals("HEAD")) {
            bodies.add(response.body());
          }
        }
      }
    }
    assertThat(bodies).hasSize(1);
    assertThat(JSON.readTree(bodies.iterator().next()).path("error").path("type").asString())
        .isEqualTo("authentication_error");
  }

  @Test
  void onlyHealthIsOpenAndItShowsTheStatusOnly() {
    for (String path : List.of("", "/liveness", "/readiness")) {
      var response = get("/actuator/health" + path, null);
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(json(response).path("status").asString()).isEqualTo("UP");
      assertThat(json(response).has("components")).isFalse();
      assertThat(json(response).has("details")).isFalse();
    }
  }

  @Test
  void theKeyIsTakenFromThreeHeaders() {
    String secret = key(Verb.READ).secret();
    assertThat(get("/v1/trial/access", null, "api-key", secret).statusCode()).isEqualTo(200);
    assertThat(get("/v1/trial/access", null, "x-api-key", secret).statusCode()).isEqualTo(200);
    assertThat(get("/v1/trial/access", null, "Authorization", "bearer " + secret).statusCode())
        .isEqualTo(200);
    assertThat(get("/v1/trial/access", null, "Authorization", "Basic " + secret).statusCode())
        .isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "READ, GET, /api/trial/access",
    "WRITE, POST, /api/trial/things",
    "DELETE, DELETE, /api/trial/things",
    "CHAT, POST, /api/trial/stream",
    "ADMIN, GET, /api/keys",
    "ADMIN, GET, /actuator/info",
    "CHAT, POST, /v1/chat/completions",
    "CHAT, POST, /api/ask"
  })
  void aVerbOpensItsEndpointsAndNoOthers(Verb verb, String method, String path) {
    String body = method.equals("POST") ? "{\"name\":\"a\",\"count\":1}" : null;
    // 400: let in, and told that its body makes no sense there.
    assertThat(send(method, path, body, key(verb).secret()).statusCode()).isIn(200, 400);
    Verb[] others =
        java.util.Arrays.stream(Verb.values()).filter(other -> other != verb).toArray(Verb[]::new);
    var refused = send(method, path, body, key(others).secret());
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("missing_verb");
    assertThat(get("/api/trial/open", key(verb).secret()).statusCode()).isEqualTo(200);
  }

  @Test
  void theMetricsOfAllTenantsAreForTheOperatorsKeysOnly() throws IOException {
    String operator = Files.readString(DATA_FOLDER.resolve("admin.key")).strip();
    String scraper =
        json(post("/api/keys", "{\"name\":\"scraper\",\"verbs\":[\"metrics\"]}", operator))
            .path("secret")
            .asString();
    String reader =
        json(post("/api/keys", "{\"name\":\"reader\",\"verbs\":[\"read\"]}", operator))
            .path("secret")
            .asString();
    String theirs = key(Verb.METRICS, Verb.ADMIN).secret();
    assertThat(get("/actuator/prometheus", scraper).statusCode()).isEqualTo(200);
    assertThat(get("/actuator/prometheus", operator).statusCode()).isEqualTo(200);
    assertThat(get("/actuator/prometheus", reader).statusCode()).isEqualTo(403);
    for (String path :
        List.of("/actuator/prometheus", "/actuator/metrics", "/actuator/metrics/x")) {
      var refused = get(path, theirs);
      assertThat(refused.statusCode()).as(path).isEqualTo(403);
      assertThat(
              json(refused).path("error").path("code").asString("")
                  + json(refused).path("code").asString(""))
          .isEqualTo("operators_only");
    }
  }

  @Test
  void aRevokedKeyIsRefusedAtOnce() {
    KeyStore.Created key = key(Verb.READ);
    assertThat(get("/v1/trial/access", key.secret()).statusCode()).isEqualTo(200);
    String admin = key(Verb.ADMIN).secret();
    assertThat(send("DELETE", "/api/keys/" + key.key().id(), null, admin).statusCode())
        .isEqualTo(200);
    assertThat(get("/v1/trial/access", key.secret()).statusCode()).isEqualTo(401);
  }

  @Test
  void aKeyIsRefusedFromItsExpiryOn() {
    KeyStore.Created key = key(Budget.UNLIMITED, Instant.now().plusSeconds(60), Verb.READ);
    assertThat(get("/v1/trial/access", key.secret()).statusCode()).isEqualTo(200);
    clock.offset = Duration.ofSeconds(61);
    assertThat(get("/v1/trial/access", key.secret()).statusCode()).isEqualTo(401);
  }

  @Test
  void requestsBeyondTheMinutesBudgetAreTold429AndWhenToComeBack() {
    String secret = key(new Budget(3, null), null, Verb.READ).secret();
    for (int left = 2; left >= 0; left--) {
      var response = get("/v1/trial/access", secret);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("x-ratelimit-remaining-requests"))
          .contains(Integer.toString(left));
    }
    var refused = get("/v1/trial/access", secret);
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(json(refused).path("error").path("type").asString()).isEqualTo("rate_limit_error");
    assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L, 20L);
    clock.offset = Duration.ofSeconds(21);
    assertThat(get("/v1/trial/access", secret).statusCode()).isEqualTo(200);
  }

  @Test
  void tokensBeyondTheDaysBudgetAreRefusedUntilTomorrow() {
    KeyStore.Created key = key(new Budget(null, 100L), null, Verb.READ);
    var caller = new Caller(key.key().id(), "test", Set.of(), key.key().access(), "r");
    assertThat(get("/v1/trial/access", key.secret()).statusCode()).isEqualTo(200);
    budgets.spendTokens(caller, 100);
    var refused = get("/v1/trial/access", key.secret());
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("x-ratelimit-remaining-tokens")).contains("0");
    clock.offset = Duration.ofDays(1);
    assertThat(get("/v1/trial/access", key.secret()).statusCode()).isEqualTo(200);
  }

  @Test
  void useIsWrittenDownAndCountedOnlyForKeysWithABudget() {
    KeyStore.Created limited = key(new Budget(100, null), null, Verb.READ);
    KeyStore.Created free = key(Verb.READ);
    for (int i = 0; i < 3; i++) {
      get("/v1/trial/access", limited.secret());
      get("/v1/trial/access", free.secret());
    }
    usage.write();
    assertThat(keys.key(tenant, free.key().id()).lastUsedAt()).isNotNull();
    assertThat(requests(limited)).isEqualTo(3);
    assertThat(requests(free)).isZero();
  }

  private long requests(KeyStore.Created key) {
    return database()
        .transactions()
        .readInTenant(
            tenant,
            () ->
                database()
                    .jdbc()
                    .sql("select requests from api_key_usage where key_id = ? and day = ?")
                    .param(key.key().id())
                    .param(LocalDate.now(ZoneOffset.UTC))
                    .query(Long.class)
                    .optional()
                    .orElse(0L));
  }

  @Test
  void theTenantOfTheKeyIsBoundOnEveryThreadOfTheRequest() {
    String secret = key(Verb.READ, Verb.CHAT).secret();
    assertThat(json(get("/api/trial/access", secret)).path("tenant").asString())
        .isEqualTo(tenant.toString());
    assertThat(get("/api/trial/async", secret).body()).contains(tenant.toString());
    assertThat(post("/api/trial/stream", "", secret).body()).contains("data:" + tenant);
  }

  @Test
  void actingAsSomebodyOnlyEverNarrows() {
    String all = key(Verb.READ).secret();
    var narrowed = json(get("/api/trial/access", all, "Engram-Act-As", "user:ann, group:eng"));
    assertThat(narrowed.path("reads_all").asBoolean()).isFalse();
    assertThat(narrowed.path("principals").toString()).contains("user:ann", "group:eng");

    String own = scoped(Set.of(Verb.READ, Verb.ACT_AS)).secret();
    var chosen = get("/api/trial/access", own, "Engram-Act-As", "user:ann");
    assertThat(json(chosen).path("principals").toString()).isEqualTo("[\"user:ann\"]");
    assertThat(get("/api/trial/access", own, "Engram-Act-As", "user:eve").statusCode())
        .isEqualTo(403);
    String plain = scoped(Set.of(Verb.READ)).secret();
    assertThat(get("/api/trial/access", plain, "Engram-Act-As", "user:ann").statusCode())
        .isEqualTo(403);
    assertThat(get("/api/trial/access", all, "Engram-Act-As", " , ").statusCode()).isEqualTo(400);
  }

  private KeyStore.Created scoped(Set<Verb> verbs) {
    return keys.create(
        tenant,
        new KeyDraft(
            "scoped",
            verbs,
            null,
            null,
            Set.of("user:ann", "user:bob"),
            false,
            Budget.UNLIMITED,
            null),
        "test");
  }

  @Test
  void theFirstStartLeftOneAdminKeyInAPrivateFile() throws IOException {
    Path file = DATA_FOLDER.resolve("admin.key");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    String secret = Files.readString(file).strip();
    assertThat(secret).matches("engram_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}");
    var me = json(get("/api/me", secret));
    assertThat(me.path("tenant_name").asString()).isEqualTo("default");
    assertThat(me.path("reads_all").asBoolean()).isTrue();
  }

  @Test
  void traceAndBrokenRequestLinesTellNothing() throws IOException {
    try (var socket = new Socket("127.0.0.1", port)) {
      socket
          .getOutputStream()
          .write("GET /<>\\^ HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String reply = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(reply).startsWith("HTTP/1.1 400").doesNotContainIgnoringCase("tomcat");
      assertThat(reply).doesNotContain("org.apache", "<html", "java.");
    }
  }
}
