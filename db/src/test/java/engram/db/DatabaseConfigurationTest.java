package engram.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class DatabaseConfigurationTest {
  @TempDir private static Path folder;
  private static EmbeddedPostgres given;

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  DatabaseConfiguration.class,
                  DataSourceAutoConfiguration.class,
                  JdbcTemplateAutoConfiguration.class,
                  JdbcClientAutoConfiguration.class,
                  FlywayAutoConfiguration.class,
                  HibernateJpaAutoConfiguration.class,
                  TransactionAutoConfiguration.class));

  @BeforeAll
  static void startTheGivenServer() {
    given = EmbeddedPostgres.start(folder.resolve("given"), line -> {});
  }

  @AfterAll
  static void stopTheGivenServer() {
    given.close();
  }

  @Test
  void withoutSettingsAnEmbeddedServerIsMigratedAndScoped() {
    Path data = folder.resolve("embedded");
    for (int start = 1; start <= 2; start++) {
      application
          .withPropertyValues("engram.data-folder=" + data)
          .run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context).hasSingleBean(DataSource.class);
            assertThat(context.getBean(PlatformTransactionManager.class))
                .isInstanceOf(ScopedTransactionManager.class);
            assertThat(context).hasSingleBean(TransactionTemplate.class);
            assertThat(context.getBean(DatabaseServer.class).isEmbedded()).isTrue();
            assertThat(context.getBean(DatabaseServer.class).dataFolder())
                .isEqualTo(data.toRealPath());
            useIt(
                context.getBean(Transactions.class),
                context.getBean(JdbcClient.class),
                context.getBean(JobLedger.class),
                context.getBean(JobClaims.class));
          });
      assertThat(Files.exists(data.resolve("postgres/data/postmaster.pid")))
          .as("closing the context stops the server")
          .isFalse();
    }
  }

  @Test
  void aGivenServerIsUsedWithAnOrdinaryRole() {
    asGiven("engram", given.password())
        .run(context -> {
          assertThat(context).hasNotFailed();
          assertThat(context.getBean(DatabaseServer.class).isEmbedded()).isFalse();
          assertThat(Files.exists(folder.resolve("app/engram.lock")))
              .as("its data folder is locked all the same")
              .isTrue();
        });
  }

  @Test
  void aSuperuserIsRefusedInOneSentence() throws Exception {
    assertFails(
        asGiven("postgres", given.superuserPassword()),
        "The database role postgres is a superuser or has BYPASSRLS");
  }

  @Test
  void aWrongPasswordIsToldWithoutShowingOne() {
    assertFails(asGiven("engram", "not-the-password"), "password authentication failed");
  }

  @Test
  void aDatabaseOfANewerEngramIsRefused() throws Exception {
    try (var newer = TestDatabase.fresh()) {
      newer
          .jdbc()
          .sql(
              """
              insert into flyway_schema_history
                (installed_rank, version, description, type, script, installed_by, execution_time, success)
              values (9999, '9999', 'later', 'SQL', 'V9999__later.sql', 'x', 1, true)\
              """)
          .update();
      assertFails(
          application.withPropertyValues(
              "engram.data-folder=" + folder.resolve("newer"),
              "engram.database.url=" + newer.url(),
              "engram.database.username=" + newer.username(),
              "engram.database.password=" + newer.password()),
          "The database belongs to a newer Engram");
    }
  }

  @Test
  void aFolderInUseIsToldInOneSentence() {
    assertFails(
        application.withPropertyValues("engram.data-folder=" + folder.resolve("given")),
        "is in use by another Engram");
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> new DatabaseProperties.Database("mysql://x", "", "", 20))
        .hasMessageContaining("jdbc:postgresql:");
    assertThatThrownBy(() -> new DatabaseProperties.Database("", "", "", 1))
        .hasMessageContaining("pool-size 1 is not in [2, 500]");
    assertThat(new DatabaseProperties.Database("", "u", "secret", 20).toString())
        .doesNotContain("secret");
  }

  private ApplicationContextRunner asGiven(String user, String password) {
    return application.withPropertyValues(
        "engram.data-folder=" + folder.resolve("app"),
        "engram.database.url=" + given.jdbcUrl(),
        "engram.database.username=" + user,
        "engram.database.password=" + password);
  }

  private static void useIt(
      Transactions transactions, JdbcClient jdbc, JobLedger jobs, JobClaims claims) {
    UUID tenant = UuidV7.next();
    transactions.inSystem(() -> {
      jdbc.sql("insert into tenants (id, name) values (?, ?)")
          .params(List.of(tenant, "t" + tenant))
          .update();
    });
    assertThat(jdbc.sql("select count(*) from tenants").query(Long.class).single()).isZero();
    UUID job = transactions.inTenant(tenant, () -> jobs.enqueue("k", "s", Map.of(), 0));
    assertThat(claims.claim(Set.of("k"), "w", Duration.ofMinutes(1)).orElseThrow().id())
        .isEqualTo(job);
  }

  private static void assertFails(ApplicationContextRunner runner, String text) {
    runner.run(context -> {
      assertThat(context).hasFailed();
      FailureAnalysis analysis = new DatabaseFailureAnalyzer().analyze(context.getStartupFailure());
      assertThat(analysis).isNotNull();
      assertThat(analysis.getDescription())
          .contains(text)
          .doesNotContain("\n")
          .doesNotContain("not-the-password");
      assertThat(analysis.getAction()).isNotBlank();
    });
  }
}
