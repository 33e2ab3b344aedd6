package engram.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// The PostgreSQL that this server uses, its own or a given one, and the lock on its data folder.
public final class DatabaseServer implements AutoCloseable {
  private static final int MAJOR_MIN = 15;
  private static final Pattern SECRET = Pattern.compile("(?i)(password=)[^&;]*|//[^/@]*@");

  private final Path dataFolder;
  private final String url;
  private final String username;
  private final String password;
  private final int poolSize;
  private final @Nullable EmbeddedPostgres embedded;
  private final AutoCloseable lock;

  private DatabaseServer(
      Path dataFolder,
      String url,
      String username,
      String password,
      int poolSize,
      @Nullable EmbeddedPostgres embedded,
      AutoCloseable lock) {
    this.dataFolder = dataFolder;
    this.url = url;
    this.username = username;
    this.password = password;
    this.poolSize = poolSize;
    this.embedded = embedded;
    this.lock = lock;
  }

  /// Starts the embedded server, or checks the given one and that row-level security binds us
  /// there.
  ///
  /// @throws DatabaseStartException if that fails, with a sentence that says why
  static DatabaseServer open(DatabaseProperties properties, Consumer<String> log) {
    DatabaseProperties.Database wanted = properties.database();
    if (wanted.isExternal()) {
      return external(properties);
    }
    // Not at the JVM's exit but when the application context closes: its last writes come before.
    EmbeddedPostgres server =
        EmbeddedPostgres.start(
            properties.dataFolder(), log, new EmbeddedPostgres.Options(true, false, null));
    return new DatabaseServer(
        server.dataFolder(),
        server.jdbcUrl(),
        server.username(),
        server.password(),
        wanted.poolSize(),
        server,
        server);
  }

  /// Absolute, locked for this process.
  public Path dataFolder() {
    return dataFolder;
  }

  public boolean isEmbedded() {
    return embedded != null;
  }

  /// A new pool of connections.
  DataSource pool() {
    var config = new HikariConfig();
    config.setPoolName("engram");
    config.setJdbcUrl(url);
    config.setUsername(username);
    config.setPassword(password);
    config.setMaximumPoolSize(poolSize);
    config.setMinimumIdle(Math.min(4, poolSize));
    config.setConnectionTimeout(10_000);
    // A server that has gone silent must not hold a request for ever; no statement of ours is
    // meant to run for as long as this.
    config.addDataSourceProperty("connectTimeout", "10");
    config.addDataSourceProperty("socketTimeout", "600");
    config.addDataSourceProperty("tcpKeepAlive", "true");
    return new HikariDataSource(config);
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("The data folder could not be released", e);
    }
  }

  private static DatabaseServer external(DatabaseProperties properties) {
    DatabaseProperties.Database wanted = properties.database();
    DataFolder folder = DataFolder.open(properties.dataFolder());
    boolean fit = false;
    try {
      check(wanted);
      fit = true;
    } finally {
      if (!fit) {
        folder.close();
      }
    }
    return new DatabaseServer(
        folder.path(),
        wanted.url(),
        wanted.username(),
        wanted.password(),
        wanted.poolSize(),
        null,
        folder);
  }

  private static void check(DatabaseProperties.Database wanted) {
    var login = new Properties();
    if (!wanted.username().isEmpty()) {
      login.setProperty("user", wanted.username());
    }
    if (!wanted.password().isEmpty()) {
      login.setProperty("password", wanted.password());
    }
    login.setProperty("connectTimeout", "10");
    try (Connection connection = DriverManager.getConnection(wanted.url(), login);
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "select current_setting('server_version_num')::int / 10000,"
                    + " bool_or(rolsuper or rolbypassrls), min(session_user::text)"
                    + " from pg_roles where rolname in (current_user, session_user)")) {
      rows.next();
      check(shown(wanted.url()), rows.getInt(1), rows.getBoolean(2), rows.getString(3));
    } catch (SQLException e) {
      throw new DatabaseStartException(
          "The database %s cannot be used: %s"
              .formatted(shown(wanted.url()), firstLine(e.getMessage())),
          "Check engram.database.url, engram.database.username and engram.database.password.",
          e);
    }
  }

  private static void check(String url, int major, boolean passesPolicies, String role) {
    if (major < MAJOR_MIN) {
      throw new DatabaseStartException(
          "The database %s runs PostgreSQL %d and Engram needs %d or newer."
              .formatted(url, major, MAJOR_MIN),
          "Upgrade that server, or leave engram.database.url out to use the embedded one.",
          null);
    }
    if (passesPolicies) {
      throw new DatabaseStartException(
          "The database role %s is a superuser or has BYPASSRLS, so row-level security would not separate tenants."
              .formatted(role),
          "Let an ordinary role own the database and log in as that: create role engram login password '…'.",
          null);
    }
  }

  private static String shown(String url) {
    return SECRET.matcher(url).replaceAll(m -> m.group(1) == null ? "//" : "password=***");
  }

  private static String firstLine(@Nullable String message) {
    return message == null ? "no reason given" : message.lines().findFirst().orElse("");
  }
}
