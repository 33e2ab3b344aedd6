package engram.db;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PostgresWatchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private Path folder;
  private EmbeddedPostgres server;

  @BeforeEach
  void start() throws Exception {
    folder = Files.createTempDirectory("engram-watch").toRealPath();
    server =
        EmbeddedPostgres.start(
            folder.resolve("data"), line -> {}, new EmbeddedPostgres.Options(true, true, null));
    log.start();
    logger().addAppender(log);
  }

  @AfterEach
  void stop() throws Exception {
    logger().detachAppender(log);
    server.close();
    PostgresBinaries.delete(folder);
  }

  @Test
  void aKilledServerIsStartedAgainWhereItsClientsLookForIt() throws Exception {
    write("create table kept (n int); insert into kept values (7)");
    long before = server.pid();
    kill();
    assertAnswers("select n from kept", "7");
    assertThat(server.pid()).isNotEqualTo(before);
    assertThat(lines())
        .containsExactly(
            "PostgreSQL has ended by itself; it is started again now", "PostgreSQL runs again");

    // Once more, soon after: it is given a pause.
    kill();
    assertAnswers("select n from kept", "7");
    assertThat(lines()).contains("PostgreSQL has ended by itself; it is started again in 1 s");
  }

  @Test
  void aServerThatCannotStartIsTriedAtGrowingPausesAndComesBackOnceItCan() throws Exception {
    Path control = folder.resolve("data/postgres/data/global/pg_control");
    Path away = folder.resolve("pg_control");
    Files.move(control, away);
    kill();
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> lines().contains("The next try follows in 4 s"));
    assertThat(lines())
        .contains("The next try follows in 1 s", "The next try follows in 2 s")
        .filteredOn(line -> line.startsWith("PostgreSQL could not start again: "))
        .hasSize(3)
        .allMatch(line -> line.lines().count() == 1);
    Files.move(away, control);
    assertAnswers("select 1", "1");
  }

  @Test
  void aServerThatIsStoppedOnPurposeStaysStopped() throws Exception {
    long pid = server.pid();
    server.close();
    Awaitility.await().until(() -> ProcessHandle.of(pid).isEmpty());
    Thread.sleep(Duration.ofSeconds(2));
    assertThat(RunningPostgres.read(folder.resolve("data/postgres/data"))).isEmpty();
    assertThat(lines()).isEmpty();
  }

  private void kill() throws Exception {
    ProcessHandle postmaster = ProcessHandle.of(server.pid()).orElseThrow();
    postmaster.destroyForcibly();
  }

  private void write(String sql) throws SQLException {
    try (Connection connection = connect();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void assertAnswers(String sql, String answer) {
    Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(() -> {
          try (Connection connection = connect();
              var statement = connection.createStatement();
              var rows = statement.executeQuery(sql)) {
            return rows.next() && rows.getString(1).equals(answer) && lines().size() > 1;
          }
        });
    Awaitility.await().atMost(PATIENCE).until(() -> lines().getLast().endsWith("runs again"));
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(server.jdbcUrl(), server.username(), server.password());
  }

  private List<String> lines() {
    return List.copyOf(log.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(PostgresWatch.class);
  }
}
