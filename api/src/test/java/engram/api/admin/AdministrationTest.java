package engram.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.ApiKey.Budget;
import engram.api.security.KeyDraft;
import engram.api.security.Verb;
import engram.retrieval.Filter.Comparison;
import engram.retrieval.Filter.Operator;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AdministrationTest extends ServerTest {
  private static final String FULL =
      """
      {"name": "app", "verbs": ["read"], "collections": ["vs_1"], "principals": ["user:ann"],
       "filter": {"type": "and", "filters": [{"type": "eq", "key": "team", "value": "x"},
         {"type": "in", "key": "year", "value": [2025, 2026]}]},
       "requests_per_minute": 60, "tokens_per_day": 1000, "expires_at": "2999-01-01T00:00:00Z"}
      """;

  @Test
  void aKeyShowsItsSecretOnceAndIsWhatWasAskedFor() {
    String admin = key(Verb.values()).secret();
    var made = post("/api/keys", FULL, admin);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    String id = json(made).path("id").asString();
    String secret = json(made).path("secret").asString();
    var shown = get("/api/keys/" + id, admin);
    assertThat(shown.body()).doesNotContain(secret).contains("engram_");
    var key = json(shown);
    assertThat(key.path("collections").toString()).isEqualTo("[\"vs_1\"]");
    assertThat(key.path("filter").path("filters").path(1).path("type").asString()).isEqualTo("in");
    assertThat(key.path("reads_all").asBoolean()).isFalse();
    assertThat(key.path("tokens_per_day").asLong()).isEqualTo(1000);
    assertThat(json(get("/api/me", secret)).path("principals").toString())
        .isEqualTo("[\"user:ann\"]");
  }

  @Test
  void aMisspeltLimitIsNotIgnored() {
    String admin = key(Verb.values()).secret();
    var refused =
        post("/api/keys", "{\"name\":\"a\",\"verbs\":[\"read\"],\"colections\":[\"c\"]}", admin);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(json(refused).path("errors").path(0).path("field").asString())
        .isEqualTo("colections");
    assertThat(post("/api/keys", "{\"name\":\"a\",\"verbs\":[\"fly\"]}", admin).statusCode())
        .isEqualTo(400);
  }

  @Test
  void nobodyHandsOutMoreThanTheyHave() {
    String limited =
        keys.create(
                tenant,
                new KeyDraft(
                    "limited",
                    Set.of(Verb.ADMIN, Verb.READ),
                    Set.of("vs_1"),
                    new Comparison("team", Operator.EQ, "x"),
                    Set.of("user:ann"),
                    false,
                    Budget.UNLIMITED,
                    null),
                "test")
            .secret();
    for (String more :
        new String[] {
          "{\"name\":\"a\",\"verbs\":[\"write\"]}",
          "{\"name\":\"a\",\"verbs\":[\"read\"],\"reads_all\":true}",
          "{\"name\":\"a\",\"verbs\":[\"read\"],\"principals\":[\"user:bob\"]}",
          "{\"name\":\"a\",\"verbs\":[\"read\"],\"collections\":[\"vs_2\"]}"
        }) {
      assertThat(post("/api/keys", more, limited).statusCode()).as(more).isEqualTo(403);
    }
    var made = json(post("/api/keys", "{\"name\":\"a\",\"verbs\":[\"read\"]}", limited));
    assertThat(made.path("collections").toString()).isEqualTo("[\"vs_1\"]");
    assertThat(made.path("filter").path("key").asString()).isEqualTo("team");
  }

  @Test
  void aLimitedAdministratorDealsWithItsOwnKeysOnly() {
    var draft =
        new KeyDraft(
            "limited",
            Set.of(Verb.ADMIN, Verb.READ),
            Set.of("vs_1"),
            null,
            Set.of(),
            true,
            Budget.UNLIMITED,
            null);
    var limited = keys.create(tenant, draft, "test");
    var admin = key(Verb.values());
    String own =
        json(post("/api/keys", "{\"name\":\"a\",\"verbs\":[\"read\"]}", limited.secret()))
            .path("id")
            .stringValue();

    String stronger = "/api/keys/" + admin.key().id();
    assertThat(send("DELETE", stronger, null, limited.secret()).statusCode()).isEqualTo(404);
    assertThat(get(stronger, limited.secret()).statusCode()).isEqualTo(404);
    assertThat(json(get("/api/keys", limited.secret())).path("data").valueStream())
        .extracting(key -> key.path("id").stringValue())
        .containsExactlyInAnyOrder(own, limited.key().id());
    assertThat(send("DELETE", "/api/keys/" + own, null, limited.secret()).statusCode())
        .isEqualTo(200);
    for (String path : new String[] {"/api/audit", "/api/jobs", "/api/jobs/" + UUID.randomUUID()}) {
      var refused = get(path, limited.secret());
      assertThat(refused.statusCode()).as(path).isEqualTo(403);
      assertThat(refused.body()).contains("unrestricted_keys_only");
    }
  }

  @Test
  void onlyAKeyWithoutLimitsMakesATenantWhoseKeyHasNone() throws IOException {
    String operator = Files.readString(DATA_FOLDER.resolve("admin.key")).strip();
    String limited =
        json(post(
                "/api/keys",
                "{\"name\":\"a\",\"verbs\":[\"admin\"],\"reads_all\":true,\"tokens_per_day\":100}",
                operator))
            .path("secret")
            .stringValue();
    String body = "{\"name\":\"tenant " + UUID.randomUUID() + "\"}";
    var refused = post("/api/tenants", body, limited);
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("exceeds_own_rights");
    assertThat(get("/api/tenants", limited).statusCode()).isEqualTo(200);
    assertThat(post("/api/tenants", body, operator).statusCode()).isEqualTo(201);
  }

  @Test
  void aKeyOutlivesAndOutspendsNotItsMaker() {
    String limited =
        keys.create(
                tenant,
                new KeyDraft(
                    "limited",
                    Set.of(Verb.ADMIN, Verb.READ),
                    null,
                    null,
                    Set.of(),
                    true,
                    new Budget(60, 1000L),
                    java.time.Instant.parse("2990-01-01T00:00:00Z")),
                "test")
            .secret();
    for (String more :
        new String[] {
          "\"requests_per_minute\":61",
          "\"tokens_per_day\":1001",
          "\"expires_at\":\"2990-01-01T00:00:01Z\""
        }) {
      var refused =
          post("/api/keys", "{\"name\":\"a\",\"verbs\":[\"read\"]," + more + "}", limited);
      assertThat(refused.statusCode()).as(more).isEqualTo(403);
      assertThat(refused.body()).contains("exceeds_own_rights", more.split("\"")[1]);
    }
    var made = json(post("/api/keys", "{\"name\":\"a\",\"verbs\":[\"read\"]}", limited));
    assertThat(made.path("requests_per_minute").asInt()).isEqualTo(60);
    assertThat(made.path("tokens_per_day").asInt()).isEqualTo(1000);
    assertThat(made.path("expires_at").asString()).isEqualTo("2990-01-01T00:00:00Z");
    var less =
        post(
            "/api/keys",
            "{\"name\":\"a\",\"verbs\":[\"read\"],\"requests_per_minute\":1,\"tokens_per_day\":1,"
                + "\"expires_at\":\"2989-01-01T00:00:00Z\"}",
            limited);
    assertThat(less.statusCode()).as(less.body()).isEqualTo(201);
  }

  @Test
  void whatCannotBeAuditedIsNotDone() throws IOException {
    String admin = key(Verb.values()).secret();
    String key = key(Verb.READ).key().id();
    String operator = Files.readString(DATA_FOLDER.resolve("admin.key")).strip();
    String name = "tenant of " + UUID.randomUUID();
    database()
        .jdbc()
        .sql("alter table audit_log add constraint no_more check (false) not valid")
        .update();
    try {
      assertThat(post("/api/keys", FULL, admin).statusCode()).isEqualTo(500);
      assertThat(send("DELETE", "/api/keys/" + key, null, admin).statusCode()).isEqualTo(500);
      assertThat(post("/api/tenants", "{\"name\":\"" + name + "\"}", operator).statusCode())
          .isEqualTo(500);
    } finally {
      database().jdbc().sql("alter table audit_log drop constraint no_more").update();
    }
    assertThat(json(get("/api/keys", admin)).path("data").size()).isEqualTo(2);
    assertThat(json(get("/api/keys/" + key, admin)).path("revoked_at").isNull()).isTrue();
    assertThat(get("/api/tenants?limit=100", operator).body()).doesNotContain(name);
    assertThat(post("/api/tenants", "{\"name\":\"" + name + "\"}", operator).statusCode())
        .isEqualTo(201);
  }

  @Test
  void keysAndTheAuditLogAreListedInPages() {
    String admin = key(Verb.values()).secret();
    for (int i = 0; i < 3; i++) {
      post("/api/keys", "{\"name\":\"k" + i + "\",\"verbs\":[\"read\"]}", admin);
    }
    for (String path : new String[] {"/api/keys", "/api/audit"}) {
      Set<String> seen = new java.util.HashSet<>();
      String after = "";
      int pages = 0;
      do {
        var page = json(get(path + "?limit=2" + after, admin));
        page.path("data").forEach(item -> seen.add(item.path("id").asString()));
        after = "&after=" + page.path("next").asString("");
        pages++;
        if (!page.path("has_more").asBoolean()) {
          break;
        }
      } while (pages < 10);
      assertThat(seen).hasSize(path.equals("/api/keys") ? 4 : 3);
      assertThat(pages).isEqualTo(2);
    }
    var created = json(get("/api/audit?action=key.created&from=2020-01-01T00:00:00Z", admin));
    assertThat(created.path("data").size()).isEqualTo(3);
    assertThat(json(get("/api/audit?actor=nobody", admin)).path("data").size()).isZero();
    assertThat(json(get("/api/audit?actor=TEST", admin)).path("data").size())
        .as("of the key that is named 'test'")
        .isEqualTo(3);
  }

  @Test
  void anotherTenantsKeysDoNotExist() {
    var theirs = key(Verb.READ);
    tenant = database().tenant("other " + UUID.randomUUID());
    String admin = key(Verb.values()).secret();
    assertThat(get("/api/keys/" + theirs.key().id(), admin).statusCode()).isEqualTo(404);
    assertThat(send("DELETE", "/api/keys/" + theirs.key().id(), null, admin).statusCode())
        .isEqualTo(404);
    assertThat(get("/api/trial/access", theirs.secret()).statusCode()).isEqualTo(200);
  }

  @Test
  void onlyTheOperatorMakesTenants() throws IOException {
    String admin = key(Verb.values()).secret();
    assertThat(post("/api/tenants", "{\"name\":\"x\"}", admin).statusCode()).isEqualTo(403);
    String operator = Files.readString(DATA_FOLDER.resolve("admin.key")).strip();
    String name = "tenant of " + UUID.randomUUID();
    var made = post("/api/tenants", "{\"name\":\"" + name + "\"}", operator);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    String theirs = json(made).path("admin_key").path("secret").asString();
    assertThat(json(get("/api/me", theirs)).path("tenant_name").asString()).isEqualTo(name);
    assertThat(post("/api/tenants", "{\"name\":\"" + name + "\"}", operator).statusCode())
        .isEqualTo(409);
    assertThat(get("/api/tenants?limit=100", operator).body()).contains(name);
  }
}
