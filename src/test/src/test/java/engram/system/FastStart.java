package engram.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import java.util.zip.ZipFile;

/// The product's jar as `./engram` runs it: unpacked, with a cache of loaded classes. Tests start
/// the server often, and so do it in a third of the time. Made anew when the jar is another.
public final class FastStart {
  private static final int PATIENCE_MINUTES = 5;

  private FastStart() {}

  public static synchronized Path jar() {
    Path app = RunningServer.jar().resolveSibling("app");
    Path unpacked = app.resolve("engram-server.jar");
    try {
      Path made = app.resolve("made");
      String content = content(RunningServer.jar());
      if (!Files.exists(made) || !Files.readString(made).equals(content)) {
        make(app, unpacked);
        Files.writeString(made, content);
      }
      return unpacked;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// None where the cache could not be made.
  static List<String> flags() {
    Path cache = RunningServer.jar().resolveSibling("app").resolve("engram.aot");
    return Files.exists(cache) ? List.of("-XX:AOTCache=" + cache) : List.of();
  }

  /// Dates tell nothing: a reproducible build gives every jar the same.
  private static String content(Path jar) throws IOException {
    CRC32C content = new CRC32C();
    try (ZipFile entries = new ZipFile(jar.toFile())) {
      entries.stream()
          .forEach(entry -> content.update((entry.getName() + entry.getCrc()).getBytes(UTF_8)));
    }
    return Long.toHexString(content.getValue());
  }

  private static void make(Path app, Path unpacked) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    run(
        List.of(
            java,
            "-Djarmode=tools",
            "-jar",
            RunningServer.jar().toString(),
            "extract",
            "--force",
            "--destination",
            app.toString()));
    Files.deleteIfExists(app.resolve("engram.aot"));
    Path data = Files.createTempDirectory("engram-training");
    run(
        List.of(
            java,
            "--enable-native-access=ALL-UNNAMED",
            "-XX:AOTCacheOutput=" + app.resolve("engram.aot"),
            "-jar",
            unpacked.toString(),
            "train",
            "--server.port=0",
            "--engram.data-folder=" + data));
  }

  private static void run(List<String> command) throws IOException {
    Path log = Files.createTempFile("engram-fast-start", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IllegalStateException(command + " did not end");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
    if (process.exitValue() != 0) {
      throw new IllegalStateException(command + " failed:\n" + Files.readString(log));
    }
  }
}
