package engram.api.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.erase.Erasure;
import engram.api.security.Verb;
import engram.db.JobLedger;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import tools.jackson.databind.JsonNode;

class RetentionTest extends ServerTest {
  @Autowired Retention retention;
  @Autowired Erasure erasure;
  @Autowired JobLedger ledger;

  @Test
  void theDefaultsAreAsDocumented() {
    var bound =
        new Binder(new MapConfigurationPropertySource(Map.of()))
            .bindOrCreate("engram.retention", RetentionSettings.class);
    assertThat(bound)
        .isEqualTo(
            new RetentionSettings(
                Duration.ofDays(30),
                Duration.ofDays(30),
                Duration.ofDays(365),
                Duration.ofDays(400),
                10,
                Duration.ofDays(7)));
  }

  @Test
  void whatIsOldIsForgottenInAsManyStepsAsItTakes() {
    sql(
        """
        insert into responses (id, tenant_id, key_id, created_at, request, response)
          select 'r' || n || engram_tenant(), engram_tenant(), 'k',
            now() - n * interval '1 day', '{}', '{}' from generate_series(1, 2100) n
        """);
    sql(
        """
        insert into audit_log (tenant_id, at, actor, action, subject, request_id)
          select engram_tenant(), now() - n * interval '1 day', 'a', 'b', 'c', 'd'
          from generate_series(1, 1500) n
        """);
    sql(
        """
        insert into jobs (id, tenant_id, kind, subject, max_attempts, state, finished_at)
          select gen_random_uuid(), engram_tenant(), 'ingest', n::text, 1, 'dead',
            now() - n * interval '1 day' from generate_series(1, 1200) n
        """);
    retention.run();
    assertThat(count("responses")).isBetween(29L, 30L);
    assertThat(count("audit_log")).isBetween(364L, 365L);
    assertThat(count("jobs")).isBetween(29L, 30L);
  }

  @Test
  void whatExpiresGoesAsIfSomebodyHadDeletedIt() {
    String admin = key(Verb.values()).secret();
    String collection =
        json(post("/v1/vector_stores", "{\"name\":\"c\"}", admin)).path("id").stringValue();
    String path = "/api/collections/" + collection + "/documents/a.txt";
    var put = send("PUT", path, "one", admin, "Content-Type", "text/plain");
    String file = json(put).path("document").path("file_id").stringValue();
    sql(
        "insert into responses (id, tenant_id, key_id, request, response)"
            + " select 'quotes' || engram_tenant(), engram_tenant(), 'k', '{}', '{}'");
    sql(
        "insert into response_mentions (tenant_id, response_id, subject)"
            + " select engram_tenant(), 'quotes' || engram_tenant(), id from files");
    sql("update files set expires_at = now() - interval '1 hour'");

    assertThat(erasure.expire(100)).isPositive();
    assertThat(get("/v1/files/" + file, admin).statusCode()).isEqualTo(404);
    assertThat(count("responses")).isZero();
    var entry = json(get("/api/audit?action=file.expired", admin)).path("data").path(0);
    assertThat(entry.path("actor").asString()).isEqualTo("system");
    assertThat(entry.path("subject").asString()).isEqualTo("file " + file);
    assertThat(entry.path("detail").path("kept_replies").asInt()).isEqualTo(1);
    String receipt = entry.path("detail").path("receipt").asString();
    assertThat(get("/api/receipts/" + receipt, admin).statusCode()).isEqualTo(200);
    assertThat(erasure.expire(100)).isZero();
  }

  @Test
  void aFileGoesWhenItsTimeIsOver() {
    String admin = key(Verb.values()).secret();
    var made =
        post(
            "/v1/files",
            form("purpose", "assistants")
                + form("expires_after[anchor]", "created_at")
                + form("expires_after[seconds]", "3600")
                + form("file\"; filename=\"a.txt", "one")
                + "--x--\r\n",
            admin,
            "Content-Type",
            "multipart/form-data; boundary=x");
    JsonNode file = json(made);
    assertThat(file.path("expires_at").asLong()).isEqualTo(file.path("created_at").asLong() + 3600);
    String upload =
        json(post(
                "/v1/uploads",
                """
                {"filename": "b.txt", "purpose": "assistants", "mime_type": "text/plain",
                 "bytes": 3, "expires_after": {"anchor": "created_at", "seconds": 7200}}
                """,
                admin))
            .path("id")
            .asString();
    String part =
        json(post(
                "/v1/uploads/" + upload + "/parts",
                form("data\"; filename=\"b", "two") + "--x--\r\n",
                admin,
                "Content-Type",
                "multipart/form-data; boundary=x"))
            .path("id")
            .asString();
    JsonNode later =
        json(post(
                "/v1/uploads/" + upload + "/complete", "{\"part_ids\":[\"" + part + "\"]}", admin))
            .path("file");
    assertThat(later.path("expires_at").asLong())
        .isEqualTo(later.path("created_at").asLong() + 7200);

    assertThat(erasure.expire(100)).as("before their time").isZero();
    sql("update files set expires_at = expires_at - interval '3605 seconds'");
    assertThat(erasure.expire(100)).isOne();
    assertThat(get("/v1/files/" + file.path("id").asString(), admin).statusCode()).isEqualTo(404);
    assertThat(get("/v1/files/" + later.path("id").asString(), admin).statusCode()).isEqualTo(200);
    var entry = json(get("/api/audit?action=file.expired", admin)).path("data").path(0);
    String receipt = entry.path("detail").path("receipt").asString();
    assertThat(json(get("/api/receipts/" + receipt, admin)).path("subject").asString())
        .isEqualTo("file " + file.path("id").asString());
    sql("update files set expires_at = expires_at - interval '3600 seconds'");
    assertThat(erasure.expire(100)).isOne();
  }

  private static String form(String name, String value) {
    return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  }

  private void sql(String statement) {
    database()
        .transactions()
        .inTenant(
            tenant,
            () -> {
              database().jdbc().sql(statement).update();
            });
  }

  private long count(String table) {
    return database()
        .transactions()
        .readInTenant(
            tenant,
            () ->
                database().jdbc().sql("select count(*) from " + table).query(Long.class).single());
  }
}
