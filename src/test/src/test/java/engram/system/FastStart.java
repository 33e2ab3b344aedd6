package engram.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The product's jar as `./engram` runs it: unpacked, with a cache of loaded classes. Tests start
/// the server often, and so do it in a third of the time. Made anew when the jar is newer.
public final class FastStart {
  private static final int PATIENCE_MINUTES = 5;

  private FastStart() {}

  public static synchronized Path jar() {
    Path app = RunningServer.jar().resolveSibling("app");
    Path unpacked = app.resolve("engram-server.jar");
    try {
      Path made = app.resolve("made");
      if (!Files.exists(made) || older(made, RunningServer.jar())) {
        make(app, unpacked);
        Files.writeString(made, "");
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

  private static boolean older(Path made, Path source) throws IOException {
    return Files.getLastModifiedTime(made).compareTo(Files.getLastModifiedTime(source)) < 0;
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
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:AOTCacheOutput=" + app.resolve("engram.aot"),
            "-Dspring.context.exit=onRefresh",
            "-jar",
            unpacked.toString(),
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
