package engram.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.Test;

/// Migrations meet rows that an older Engram wrote.
class UpgradeTest {
  private static final String FILE = "file-" + "a".repeat(32);
  private static final String COLLECTION = "vs_" + "b".repeat(32);

  @Test
  void whatWasKeptBeforeVersion4IsFoundByWhatItMentions() {
    try (TestDatabase database = TestDatabase.fresh()) {
      database.jdbc().sql("drop schema public cascade").update();
      database.jdbc().sql("create schema public").update();
      migrate(database, "3");
      UUID tenant = database.tenant("t");
      database
          .transactions()
          .inTenant(
              tenant,
              () ->
                  List.of(
                          "insert into files (id, tenant_id, filename, purpose, media_type, version,"
                              + " sha256, bytes, created_by) values ('f', engram_tenant(), 'a.md', 'p',"
                              + " 'text/markdown', 2, 's', 1, 'k')",
                          "insert into file_versions (tenant_id, file_id, version, sha256, bytes,"
                              + " created_by) values (engram_tenant(), 'f', 2, 's', 1, 'k')",
                          "insert into responses (id, tenant_id, key_id, request, response) values"
                              + " ('all', engram_tenant(), 'k', '{\"as\": \"*\"}', '{\"x\": \"%s\"}'),"
                                  .formatted(FILE)
                              + " ('two', engram_tenant(), 'k', '{\"as\": \"a\\nb\"}', '{}'),"
                              + " ('none', engram_tenant(), 'k', '{\"as\": \"\"}', '{}')",
                          "insert into idempotent_requests (tenant_id, key_id, idempotency_key,"
                              + " request_sha256, status, body) values (engram_tenant(), 'k', 'i', 'h',"
                              + " 200, convert_to('{\"id\":\"%s\",\"u\":\"ü\"}', 'UTF8'))"
                                  .formatted(COLLECTION))
                      .forEach(sql -> database.jdbc().sql(sql).update()));
      migrate(database, "latest");
      assertThat(column(database, tenant, "select filename || media_type from file_versions"))
          .containsExactly("a.mdtext/markdown");
      assertThat(column(database, tenant, "select subject from response_mentions"))
          .containsExactly(FILE);
      assertThat(column(database, tenant, "select subject from replay_mentions"))
          .containsExactly(COLLECTION);
      assertThat(
              column(
                  database, tenant, "select id || (request ->> 'as') from responses order by id"))
          .containsExactly(null, "none[]", "two[\"a\", \"b\"]");
    }
  }

  private static void migrate(TestDatabase database, String target) {
    FluentConfiguration configuration =
        Flyway.configure()
            .dataSource(database.dataSource())
            .locations("classpath:db/migration")
            .target(target);
    Migrations.configure(configuration);
    configuration.load().migrate();
  }

  private static List<String> column(TestDatabase database, UUID tenant, String sql) {
    return database
        .transactions()
        .readInTenant(tenant, () -> database.jdbc().sql(sql).query(String.class).list());
  }
}
