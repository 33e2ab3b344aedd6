package engram.db;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A JVM of its own that holds an embedded server, to be killed.
final class PostgresChild implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private PostgresChild(Process process) {
    this.process = process;
    this.output = process.inputReader();
  }

  /// What the child does: starts the server, says so, and waits to be told to end.
  public static void main(String[] args) throws IOException {
    try (EmbeddedPostgres server = EmbeddedPostgres.start(Path.of(args[0]), line -> {})) {
      System.out.println("READY " + server.jdbcUrl() + " " + server.password());
      int read = System.in.read();
      System.out.println("END " + read);
    } catch (DataFolderException e) {
      System.out.println("REFUSED " + e.reason() + " " + e.getMessage());
    }
  }

  static PostgresChild start(Path folder, String... prefix) throws IOException {
    return startWith(System.getProperty("java.class.path"), folder, prefix);
  }

  static PostgresChild startWith(String classPath, Path folder, String... prefix)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(prefix));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath,
            PostgresChild.class.getName(),
            folder.toString()));
    return new PostgresChild(
        new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile()).start());
  }

  /// The first line that tells how it went; all lines when none does.
  String answer() throws IOException {
    StringBuilder all = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("READY ") || line.startsWith("REFUSED ")) {
        return line;
      }
      all.append(line).append('\n');
    }
    return all.toString();
  }

  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /// SIGTERM, as from Ctrl-C or a service manager.
  void terminate() throws InterruptedException {
    process.destroy();
    process.waitFor(60, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
