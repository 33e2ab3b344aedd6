package engram.db;

import engram.db.DataFolderException.Reason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs PostgreSQL's programs and reads what they say.
final class PostgresCommand {
  private static final int OUTPUT_BYTES_MAX = 16 << 10;
  private static final Duration PROBE_TIME_MAX = Duration.ofSeconds(10);

  private PostgresCommand() {}

  /// What a program answered.
  ///
  /// @param output end of what it printed
  record Result(int exitCode, String output) {
    boolean succeeded() {
      return exitCode == 0;
    }
  }

  /// Runs to the end. The output goes through a file: a server that the program leaves behind may
  /// keep a pipe open for ever.
  static Result run(RunAs runAs, Path folder, Duration timeMax, List<String> words)
      throws IOException {
    Path output = folder.resolve("command.log");
    Files.deleteIfExists(output);
    Files.createFile(output);
    DataFolder.makePrivate(output, false);
    List<String> command = new ArrayList<>(runAs.prefix());
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(folder.toFile());
    builder.redirectErrorStream(true);
    builder.redirectInput(ProcessBuilder.Redirect.from(nullDevice().toFile()));
    builder.redirectOutput(output.toFile());
    // PGDATA, PGPORT, PGOPTIONS and the like of the user's shell must not reach our server.
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    if (!await(process, timeMax)) {
      process.destroyForcibly();
      throw new DataFolderException(
          Reason.NOT_STARTED,
          "PostgreSQL's %s did not finish within %d s."
              .formatted(Path.of(words.getFirst()).getFileName(), timeMax.toSeconds()));
    }
    return new Result(process.exitValue(), tail(output));
  }

  /// Whether a small program can be run here and ends well.
  static boolean succeeds(String... words) {
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      boolean ended = await(process, PROBE_TIME_MAX);
      if (!ended) {
        process.destroyForcibly();
      }
      return ended && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // no such program
    }
  }

  /// The first line that a program prints, or why it could not be run.
  static String firstLine(Path program, String argument) {
    try {
      Process process =
          new ProcessBuilder(program.toString(), argument).redirectErrorStream(true).start();
      try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
        String line = reader.readLine();
        return line == null ? "it printed nothing" : line;
      } finally {
        if (!await(process, PROBE_TIME_MAX)) {
          process.destroyForcibly();
        }
      }
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /// The end of a text file, empty when there is none.
  static String tail(Path file) throws IOException {
    if (!Files.exists(file)) {
      return "";
    }
    try (var access = new RandomAccessFile(file.toFile(), "r")) {
      int lengthBytes = (int) Math.min(access.length(), OUTPUT_BYTES_MAX);
      access.seek(access.length() - lengthBytes);
      byte[] bytes = new byte[lengthBytes];
      access.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8).strip();
    }
  }

  private static Path nullDevice() {
    return Path.of(System.getProperty("os.name", "").startsWith("Windows") ? "NUL" : "/dev/null");
  }

  private static boolean await(Process process, Duration timeMax) {
    try {
      return process.waitFor(timeMax.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
      return false;
    }
  }
}
