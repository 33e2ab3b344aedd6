package engram.system;

import engram.db.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The product's jar in a process of its own, on a data folder of its own.
///
/// Its database is the one inside the product, unless `TEST_DATABASE_URL` names another or Docker
/// was asked for: then it is a fresh database there.
public final class RunningServer implements AutoCloseable {
  private static final Duration START_PATIENCE = Duration.ofSeconds(300);
  private static final HttpClient PROBE =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  private final Path jar;
  private final Path dataFolder;
  private final List<String> arguments;
  private final List<String> jvmArguments;
  private final int port;
  private Process process;
  private Duration readyAfter;

  private RunningServer(
      Path jar, Path dataFolder, int port, List<String> jvmArguments, List<String> arguments) {
    this.jar = jar;
    this.dataFolder = dataFolder;
    this.port = port;
    this.jvmArguments = List.copyOf(jvmArguments);
    this.arguments = List.copyOf(arguments);
  }

  /// The one server that tests share which do not hurt it; started at first use.
  public static synchronized RunningServer shared() {
    if (Shared.server == null) {
      Shared.server = start();
      Runtime.getRuntime().addShutdownHook(new Thread(Shared.server::close));
    }
    return Shared.server;
  }

  /// @param arguments settings such as `--engram.workers.ingest=1`
  public static RunningServer start(String... arguments) {
    try {
      return start(Files.createTempDirectory("engram-test"), List.of(), List.of(arguments));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public static RunningServer start(
      Path dataFolder, List<String> jvmArguments, List<String> arguments) {
    return start(FastStart.jar(), dataFolder, jvmArguments, arguments);
  }

  /// @param jar the product's jar, or the one that `-Djarmode=tools extract` made of it
  public static RunningServer start(
      Path jar, Path dataFolder, List<String> jvmArguments, List<String> arguments) {
    List<String> all = new ArrayList<>(arguments);
    if (System.getenv("TEST_DATABASE_URL") != null
        || "docker".equals(System.getProperty("test.db"))) {
      TestDatabase database = TestDatabase.fresh();
      all.add("--engram.database.url=" + database.url());
      all.add("--engram.database.username=" + database.username());
      all.add("--engram.database.password=" + database.password());
    }
    RunningServer server = new RunningServer(jar, dataFolder, freePort(), jvmArguments, all);
    server.restart();
    return server;
  }

  /// Starts the process (again), and waits until it is ready.
  public void restart() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx1g"));
    command.addAll(jvmArguments);
    if (jar.equals(FastStart.jar()) && jvmArguments.isEmpty()) {
      command.addAll(FastStart.flags());
    }
    command.addAll(List.of("-jar", jar.toString()));
    command.add("--server.port=" + port);
    command.add("--engram.data-folder=" + dataFolder);
    command.addAll(arguments);
    try {
      Instant begin = Instant.now();
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
              .start();
      awaitReady();
      readyAfter = Duration.between(begin, Instant.now());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Waits until the process that runs answers as ready.
  ///
  /// @throws IllegalStateException with the end of its log if it ends or takes too long
  public void awaitReady() throws IOException {
    Instant deadline = Instant.now().plus(START_PATIENCE);
    while (Instant.now().isBefore(deadline)) {
      if (!process.isAlive()) {
        throw new IllegalStateException(
            "the server ended with status " + process.exitValue() + ":\n" + logTail());
      }
      if (ready()) {
        return;
      }
      pause(Duration.ofMillis(20));
    }
    process.destroyForcibly();
    throw new IllegalStateException("not ready within " + START_PATIENCE + ":\n" + logTail());
  }

  public boolean ready() {
    try {
      var request =
          HttpRequest.newBuilder(URI.create(url() + "/actuator/health/readiness"))
              .timeout(Duration.ofSeconds(5))
              .build();
      return PROBE.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /// `kill -9`, as far as the JVM goes; the database's own process is left to the next start.
  public void kill() {
    process.destroyForcibly();
    await(Duration.ofSeconds(30));
  }

  /// `kill -9` to every process of the embedded database, postmaster first, while the JVM lives on.
  ///
  /// @return whether there was one; there is none where tests run on a database of their own
  public boolean killDatabase() {
    List<ProcessHandle> processes = databaseProcesses();
    processes.forEach(ProcessHandle::destroyForcibly);
    processes.forEach(process -> process.onExit().join());
    return !processes.isEmpty();
  }

  /// `kill -9` to everything at once: the JVM, its parsers and the database. What the operating
  /// system holds in memory stays, so this is a power cut but for the disk's own cache.
  public void cutPower() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.addAll(databaseProcesses());
    process.destroyForcibly();
    all.forEach(ProcessHandle::destroyForcibly);
    await(Duration.ofSeconds(30));
  }

  private List<ProcessHandle> databaseProcesses() {
    Path pidFile = dataFolder.resolve("postgres/data/postmaster.pid");
    try {
      long pid = Files.exists(pidFile) ? Long.parseLong(Files.readAllLines(pidFile).getFirst()) : 0;
      return ProcessHandle.of(pid)
          .filter(found -> found.info().command().orElse("").contains("postgres"))
          .map(found -> Stream.concat(Stream.of(found), found.descendants()).toList())
          .orElse(List.of());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() {
    stop();
  }

  /// Ends it as Ctrl-C does; it can be started again.
  public void stop() {
    process.destroy();
    if (!await(Duration.ofSeconds(60))) {
      process.destroyForcibly();
    }
  }

  private boolean await(Duration patience) {
    try {
      return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  public String adminKey() {
    try {
      return Files.readString(dataFolder.resolve("admin.key")).strip();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// A client that holds the first key.
  public Api admin() {
    return new Api(url(), adminKey());
  }

  public Path dataFolder() {
    return dataFolder;
  }

  public Process process() {
    return process;
  }

  public Duration readyAfter() {
    return readyAfter;
  }

  public Path log() {
    return dataFolder.resolveSibling(dataFolder.getFileName() + ".log");
  }

  public String logText() throws IOException {
    return Files.readString(log());
  }

  public String logTail() throws IOException {
    List<String> lines = Files.readAllLines(log());
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
  }

  /// The jar that the build made, looked for upwards from the working directory.
  public static Path jar() {
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      Path jar = folder.resolve("api/target/engram-server.jar");
      if (Files.exists(jar)) {
        return jar;
      }
    }
    throw new IllegalStateException(
        "api/target/engram-server.jar is missing: build it with ./engram build");
  }

  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private static final class Shared {
    private static RunningServer server;
  }
}
