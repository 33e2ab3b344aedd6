package engram.db;

import engram.db.DataFolderException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL server of our own in a data folder, fit for real data: every commit is on disk,
/// pages have checksums, every login needs a password, nobody but this machine can reach it.
///
/// The folder is locked while it runs. After a crash of this JVM the server lives on; the next
/// start adopts it once it has proved to be ours, and otherwise stops it or clears what it left.
///
/// A server that ends by itself while this JVM lives is started again on the same port; see
/// [PostgresWatch].
///
/// The application logs in as an ordinary role, so row-level security binds it.
///
/// Threads: any.
public final class EmbeddedPostgres implements AutoCloseable {
  private static final String DATABASE = "engram";
  private static final String APP_USER = "engram";

  private final DataFolder folder;
  private final PostgresCluster cluster;
  private final int port;
  private final String password;
  private final boolean adopted;
  private final PostgresWatch watch;
  private @Nullable Thread atExit;
  private boolean closed;

  private EmbeddedPostgres(
      DataFolder folder, PostgresCluster cluster, int port, String password, boolean adopted) {
    this.folder = folder;
    this.cluster = cluster;
    this.port = port;
    this.password = password;
    this.adopted = adopted;
    this.watch = PostgresWatch.begin(cluster, port);
  }

  /// How a server runs where its defaults do not fit.
  ///
  /// @param durable whether a commit waits for the disk; false only for tests
  /// @param stopAtExit whether a JVM shutdown hook stops it
  /// @param runAs as whom, or null for what works here
  record Options(boolean durable, boolean stopAtExit, @Nullable RunAs runAs) {}

  /// Starts the server, or adopts the one that still runs on this folder. It stops on [#close] and
  /// when this JVM ends.
  ///
  /// @param dataFolder made if there is none; PostgreSQL lives in `postgres` below it
  /// @param log gets a line for each step that takes time
  /// @throws DataFolderException if it cannot run there, with a sentence that says why
  public static EmbeddedPostgres start(Path dataFolder, Consumer<String> log) {
    return start(dataFolder, log, new Options(true, true, null));
  }

  static EmbeddedPostgres start(Path dataFolder, Consumer<String> log, Options options) {
    DataFolder folder = DataFolder.open(dataFolder);
    boolean started = false;
    try {
      EmbeddedPostgres server = start(folder, log, options);
      if (options.stopAtExit()) {
        server.stopAtExit();
      }
      started = true;
      return server;
    } catch (IOException e) {
      throw DataFolder.notWritable(folder.path(), e);
    } finally {
      if (!started) {
        folder.close();
      }
    }
  }

  /// With this, [#username] and [#password] the application connects.
  public String jdbcUrl() {
    return PostgresLogin.url(port, DATABASE);
  }

  public String username() {
    return APP_USER;
  }

  public String password() {
    return password;
  }

  public int port() {
    return port;
  }

  /// The locked folder, absolute.
  public Path dataFolder() {
    return folder.path();
  }

  /// Whether the server was found running rather than started.
  public boolean adopted() {
    return adopted;
  }

  /// The process number of its postmaster.
  long pid() throws IOException {
    return RunningPostgres.read(cluster.data()).orElseThrow().pid();
  }

  /// For what the application may not do; the user is [PostgresCluster#SUPERUSER].
  String superuserPassword() throws IOException {
    return cluster.superuserPassword();
  }

  /// Stops the server and frees the folder. Harmless when already closed.
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    watch.close();
    try {
      cluster.stop();
    } catch (IOException e) {
      throw DataFolder.notWritable(folder.path(), e);
    } finally {
      folder.close();
    }
    forgetExitHook();
  }

  private static EmbeddedPostgres start(DataFolder folder, Consumer<String> log, Options options)
      throws IOException {
    PostgresBinaries.createPrivate(folder.postgres());
    PostgresBinaries binaries = PostgresBinaries.unpack(folder.postgres(), log);
    RunAs runAs = options.runAs() == null ? RunAs.choose() : options.runAs();
    var cluster = new PostgresCluster(folder.postgres(), binaries, runAs, options.durable(), log);
    cluster.prepare();
    boolean adopted = isStillRunning(cluster, log);
    int port =
        adopted ? RunningPostgres.read(cluster.data()).orElseThrow().port() : cluster.start();
    boolean ready = false;
    try {
      createDatabase(cluster, port);
      ready = true;
    } catch (SQLException e) {
      throw new DataFolderException(
          Reason.NOT_STARTED,
          "PostgreSQL runs but its database could not be prepared: %s".formatted(e.getMessage()),
          e);
    } finally {
      if (!ready) {
        cluster.stop();
      }
    }
    return new EmbeddedPostgres(folder, cluster, port, cluster.appPassword(), adopted);
  }

  /// True when the server of an earlier JVM runs on and can be used. Clears the way otherwise.
  private static boolean isStillRunning(PostgresCluster cluster, Consumer<String> log)
      throws IOException {
    RunningPostgres left = RunningPostgres.read(cluster.data()).orElse(null);
    if (left == null) {
      return false;
    }
    if (!left.isAlive(cluster.data())) {
      log.accept("PostgreSQL was not stopped cleanly last time; it recovers by itself");
      RunningPostgres.forgetPid(cluster.data());
      return false;
    }
    if (left.data().equals(cluster.data())
        && left.isOurs(cluster.data(), cluster.superuserPassword(), cluster.version())) {
      log.accept("Adopting the PostgreSQL that an earlier Engram left running");
      return true;
    }
    log.accept("Stopping a PostgreSQL that an earlier Engram left running");
    cluster.stop();
    return false;
  }

  private static void createDatabase(PostgresCluster cluster, int port)
      throws SQLException, IOException {
    try (Connection connection =
            PostgresLogin.connect(
                port, "postgres", PostgresCluster.SUPERUSER, cluster.superuserPassword());
        var statement = connection.createStatement()) {
      boolean newRole;
      boolean newDatabase;
      try (var rows =
          statement.executeQuery(
              "select not exists (select from pg_roles where rolname = '"
                  + APP_USER
                  + "'), not exists (select from pg_database where datname = '"
                  + DATABASE
                  + "')")) {
        rows.next();
        newRole = rows.getBoolean(1);
        newDatabase = rows.getBoolean(2);
      }
      if (newRole) {
        statement.execute(
            "create role %s login nosuperuser nocreatedb nocreaterole nobypassrls noreplication"
                .formatted(APP_USER));
      }
      // Always: the file is the truth, even if it was lost and made anew. It holds no quotes.
      statement.execute("alter role %s password '%s'".formatted(APP_USER, cluster.appPassword()));
      if (newDatabase) {
        statement.execute("create database %s owner %s".formatted(DATABASE, APP_USER));
        statement.execute("revoke all on database %s from public".formatted(DATABASE));
      }
    }
  }

  private synchronized void stopAtExit() {
    Thread hook = new Thread(this::close, "stop-postgres");
    atExit = hook;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void forgetExitHook() {
    Thread hook = atExit;
    if (hook != null && !hook.equals(Thread.currentThread())) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        atExit = null; // the JVM is on its way out already, and the hook has nothing left to do
      }
    }
  }
}
