package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The one jar that the build makes, without launcher and not unpacked: it serves, it parses, and
/// its own commands talk to a server.
class JarAloneTest {
  @TempDir private Path folder;

  @Test
  void theJarServesAndParses() throws IOException {
    try (RunningServer server =
        RunningServer.start(RunningServer.jar(), folder.resolve("data"), List.of(), List.of())) {
      Api api = server.admin();
      String collection = api.createCollection("jar");
      byte[] manual = Files.readAllBytes(samples().resolve("hb-200-manual.pdf"));
      api.put(
          "/api/collections/" + collection + "/documents/manual.pdf", "application/pdf", manual);
      api.awaitIngested(collection, Duration.ofMinutes(2));
      assertThat(api.search(collection, Map.of("query", "HB-200")).path("data")).isNotEmpty();
    }
  }

  @Test
  void itsDemoAnswersWithCitations() throws Exception {
    String said = command("demo");
    assertThat(said).contains("A (extractive)").contains("A (unsupported)");
  }

  @Test
  void itsReindexRebuilds() throws Exception {
    assertThat(command("reindex")).containsPattern("Rebuilt: \\d+ chunks");
  }

  private String command(String name) throws IOException, InterruptedException {
    RunningServer server = RunningServer.shared();
    Path said = folder.resolve("said.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                RunningServer.jar().toString(),
                name,
                "--url",
                server.url(),
                "--key-file",
                server.dataFolder().resolve("admin.key").toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    String text = Files.readString(said);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  private static Path samples() {
    // Beside api/target/engram-server.jar's module.
    return RunningServer.jar().resolve("../../../samples").normalize();
  }
}
