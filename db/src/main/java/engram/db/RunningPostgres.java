package engram.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What `postmaster.pid` says about a server that may still run on a cluster, and whether it is
/// true.
///
/// @param pid of the postmaster
/// @param data the cluster that it claims to serve
/// @param port on 127.0.0.1
record RunningPostgres(long pid, Path data, int port) {
  private static final Duration RECOVERY_TIME_MAX = Duration.ofMinutes(5);
  private static final Duration POLL = Duration.ofMillis(100);
  // SQLSTATE cannot_connect_now: it is starting up, recovering or stopping.
  private static final String NOT_YET = "57P03";
  // A process number that no system gives out, so kill() of it always says "no such process".
  private static final String DEAD_PID = Integer.toString(Integer.MAX_VALUE);

  /// Reads the file; empty when there is none or it is no such file.
  static Optional<RunningPostgres> read(Path data) throws IOException {
    Path file = data.resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.size() < 4) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new RunningPostgres(
              Long.parseLong(lines.get(0).strip()),
              Path.of(lines.get(1).strip()),
              Integer.parseInt(lines.get(3).strip())));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /// Whether a postmaster with that number lives and works in `cluster`.
  boolean isAlive(Path cluster) throws IOException {
    Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    if (process.isEmpty()) {
      return false;
    }
    Path workingDirectory = Path.of("/proc/" + pid + "/cwd");
    if (Files.isReadable(workingDirectory)) {
      return Files.isSameFile(workingDirectory, cluster);
    }
    return process.get().info().command().filter(c -> c.contains("postgres")).isPresent();
  }

  /// Whether the server on that port is ours: it knows our password (and proves it, SCRAM is
  /// mutual) and serves exactly this cluster with exactly these programs.
  boolean isOurs(Path cluster, String password, String version) {
    String answer = ask(password);
    return answer != null
        && answer.startsWith(version + " ")
        && Path.of(answer.substring(version.length() + 1)).equals(cluster);
  }

  /// After a reboot or in a fresh container another process may have the number that a dead
  /// postmaster had, and PostgreSQL would then refuse to start. Only the number is replaced: with
  /// the rest of the file PostgreSQL still checks that no orphan of the old server is left.
  static void forgetPid(Path cluster) throws IOException {
    Path file = cluster.resolve("postmaster.pid");
    String content = Files.readString(file);
    int end = content.indexOf('\n');
    Files.writeString(file, DEAD_PID + (end < 0 ? "\n" : content.substring(end)));
  }

  private @Nullable String ask(String password) {
    Instant deadline = Instant.now().plus(RECOVERY_TIME_MAX);
    while (Instant.now().isBefore(deadline)) {
      try (Connection connection =
              PostgresLogin.connect(port, "postgres", PostgresCluster.SUPERUSER, password);
          var statement = connection.createStatement();
          var rows =
              statement.executeQuery(
                  "select split_part(current_setting('server_version'), ' ', 1) || ' ' || current_setting('data_directory')")) {
        return rows.next() ? rows.getString(1) : null;
      } catch (SQLException e) {
        if (!NOT_YET.equals(e.getSQLState())) {
          return null;
        }
      }
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return null;
      }
    }
    return null;
  }
}
