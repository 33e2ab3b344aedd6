package engram.db;

import engram.db.DataFolderException.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One PostgreSQL cluster on disk: makes it, starts it, stops it, recognises it.
final class PostgresCluster {
  static final String SUPERUSER = "postgres";

  private static final int PORT_TRIES_MAX = 3;
  private static final long LOG_BYTES_MAX = 10L << 20;
  private static final Duration INITDB_TIME_MAX = Duration.ofMinutes(3);
  // Recovery after a crash of the machine replays up to max_wal_size before the server answers.
  private static final Duration START_TIME_MAX = Duration.ofMinutes(5);
  private static final Duration STOP_TIME_MAX = Duration.ofSeconds(30);

  private final Path folder;
  private final Path data;
  private final PostgresBinaries binaries;
  private final RunAs runAs;
  private final boolean durable;
  private final Consumer<String> log;

  PostgresCluster(
      Path folder, PostgresBinaries binaries, RunAs runAs, boolean durable, Consumer<String> log) {
    this.folder = folder;
    this.data = folder.resolve("data");
    this.binaries = binaries;
    this.runAs = runAs;
    this.durable = durable;
    this.log = log;
  }

  Path data() {
    return data;
  }

  Path serverLog() {
    return folder.resolve("server.log");
  }

  String version() {
    return binaries.version();
  }

  String superuserPassword() throws IOException {
    return password("superuser.password");
  }

  String appPassword() throws IOException {
    return password("app.password");
  }

  /// Makes the cluster if there is none, and writes the settings of this version.
  void prepare() throws IOException {
    Path version = data.resolve("PG_VERSION");
    if (Files.exists(version)) {
      String major = Files.readString(version).strip();
      if (!major.equals(Integer.toString(binaries.major()))) {
        throw new DataFolderException(
            Reason.OTHER_POSTGRES,
            "The data folder %s was written by PostgreSQL %s and this Engram carries PostgreSQL %d."
                .formatted(folder.getParent(), major, binaries.major()));
      }
    } else {
      initialize();
    }
    DataFolder.writePrivate(data.resolve("engram.conf"), settings());
    runAs.own(folder);
  }

  /// Starts the server and waits until it takes connections.
  ///
  /// @return its port on 127.0.0.1
  int start() throws IOException {
    rotateLog();
    for (int tries = 1; ; tries++) {
      int port = choosePort(tries);
      DataFolder.writePrivate(folder.resolve("port"), port + "\n");
      runAs.own(folder);
      Optional<String> trouble = startOn(port);
      if (trouble.isEmpty()) {
        return port;
      }
      if (!saysPortIsTaken(trouble.get())) {
        throw failure("start", trouble.get());
      }
      if (tries == PORT_TRIES_MAX) {
        throw new DataFolderException(
            Reason.PORT_TAKEN,
            "Port %d on 127.0.0.1 is taken, and so were %d others for PostgreSQL."
                .formatted(port, tries - 1));
      }
    }
  }

  /// Starts a server that ended by itself, on the port that its clients know.
  void startAgain(int port) throws IOException {
    rotateLog();
    Optional<String> trouble = startOn(port);
    if (trouble.isPresent() && saysPortIsTaken(trouble.get())) {
      throw new DataFolderException(
          Reason.PORT_TAKEN,
          "Port %d on 127.0.0.1, which PostgreSQL had, is taken by another process."
              .formatted(port));
    }
    if (trouble.isPresent()) {
      throw failure("start again", trouble.get());
    }
  }

  /// @return what it said if it did not start
  private Optional<String> startOn(int port) throws IOException {
    PostgresCommand.Result result =
        command(
            START_TIME_MAX.plusSeconds(10),
            List.of(
                binaries.program("pg_ctl").toString(),
                "--pgdata=" + data,
                "--wait",
                "--timeout=" + START_TIME_MAX.toSeconds(),
                "--log=" + serverLog(),
                "--options=-p " + port,
                "start"));
    return result.succeeded()
        ? Optional.empty()
        : Optional.of(result.output() + "\n" + PostgresCommand.tail(serverLog()));
  }

  private static boolean saysPortIsTaken(String said) {
    return said.contains("Address already in use") || said.contains("could not bind");
  }

  /// Stops the server: at once for clients, but cleanly for the data.
  void stop() throws IOException {
    if (!stop("fast")) {
      // Safe too: the next start replays the log.
      stop("immediate");
    }
  }

  private boolean stop(String mode) throws IOException {
    return command(
            STOP_TIME_MAX.plusSeconds(5),
            List.of(
                binaries.program("pg_ctl").toString(),
                "--pgdata=" + data,
                "--wait",
                "--timeout=" + STOP_TIME_MAX.toSeconds(),
                "--mode=" + mode,
                "stop"))
        .succeeded();
  }

  private void initialize() throws IOException {
    log.accept("Creating the database");
    // Into a folder of another name first: one that was cut off is never taken for a whole one.
    Path unfinished = folder.resolve("data.new");
    PostgresBinaries.delete(unfinished);
    superuserPassword();
    appPassword();
    runAs.own(folder);
    PostgresCommand.Result result = initdb(unfinished, "--locale=C.UTF-8");
    if (!result.succeeded() && result.output().contains("invalid locale")) {
      // macOS before 13 and small containers have no such libc locale; the built-in one is ours.
      PostgresBinaries.delete(unfinished);
      result = initdb(unfinished, "--locale=C");
    }
    if (!result.succeeded()) {
      throw failure("create its cluster", result.output());
    }
    Path conf = unfinished.resolve("postgresql.conf");
    Files.writeString(
        conf, Files.readString(conf) + "\ninclude_if_exists 'engram.conf'  # rewritten at start\n");
    PostgresBinaries.delete(data);
    Files.move(unfinished, data, StandardCopyOption.ATOMIC_MOVE);
  }

  private PostgresCommand.Result initdb(Path target, String locale) throws IOException {
    return command(
        INITDB_TIME_MAX,
        List.of(
            binaries.program("initdb").toString(),
            "--pgdata=" + target,
            "--username=" + SUPERUSER,
            "--pwfile=" + folder.resolve("superuser.password"),
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            locale,
            // Order of text does not depend on the machine's C library, whose updates break
            // indexes.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            durable ? "--sync-method=fsync" : "--no-sync"));
  }

  private String settings() {
    return """
    # Written by Engram at every start; your own settings belong in postgresql.auto.conf.
    listen_addresses = '127.0.0.1'
    unix_socket_directories = ''
    password_encryption = 'scram-sha-256'
    max_connections = 60
    shared_buffers = '128MB'
    effective_cache_size = '1GB'
    max_wal_size = '2GB'
    random_page_cost = 1.1
    fsync = %1$s
    full_page_writes = %1$s
    synchronous_commit = %1$s
    # Errors of statements reach the application; here they would spill rows into a log.
    log_min_messages = 'log'
    log_error_verbosity = 'terse'
    log_checkpoints = off
    timezone = 'UTC'
    log_timezone = 'UTC'
    """
        .formatted(durable ? "on" : "off");
  }

  private PostgresCommand.Result command(Duration timeMax, List<String> words) throws IOException {
    return PostgresCommand.run(runAs, folder, timeMax, words);
  }

  private DataFolderException failure(String what, String said) throws IOException {
    Path home = folder.getParent() == null ? folder : folder.getParent();
    if (said.contains("No space left on device")) {
      return DataFolder.diskFull(home, Files.getFileStore(folder).getUsableSpace());
    }
    if (said.contains("Permission denied")) {
      return DataFolder.notWritable(home, new IOException(said));
    }
    return new DataFolderException(
        Reason.NOT_STARTED,
        "PostgreSQL could not %s: %s".formatted(what, PostgresLog.reason(said)),
        new IOException(said));
  }

  /// The port of last time if it is free, so that a connection string stays good; else a free one.
  private int choosePort(int tries) throws IOException {
    Path file = folder.resolve("port");
    if (tries == 1 && Files.exists(file)) {
      try {
        int port = Integer.parseInt(Files.readString(file).strip());
        if (port > 0 && port < 65536 && isFree(port)) {
          return port;
        }
      } catch (NumberFormatException e) {
        log.accept("The file port of PostgreSQL held no number; a new port is chosen");
      }
    }
    try (var socket = new ServerSocket(0, 1, loopback())) {
      return socket.getLocalPort();
    }
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(loopback(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  private void rotateLog() throws IOException {
    Path current = serverLog();
    if (Files.exists(current) && Files.size(current) > LOG_BYTES_MAX) {
      Files.move(current, folder.resolve("server.log.1"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private String password(String name) throws IOException {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      byte[] random = new byte[24];
      new SecureRandom().nextBytes(random);
      DataFolder.writePrivate(
          file, Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n");
    }
    return Files.readString(file).strip();
  }
}
