package engram.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import engram.inference.model.SmallModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The console in a real browser against the real server: `console/e2e/run.mjs` does it, and each
/// of its checks is a test here.
///
/// Pictures of every page and the figures of `docs/benchmarks/console.json` are written with
/// `-Dconsole.pictures=true`, which drops 500 files instead of 60.
class ConsoleTest {
  private static final Path CONSOLE = Path.of("../../console").toAbsolutePath().normalize();

  /// How a check ends; `absent` is the program that it needs.
  private static final Set<String> OUTCOMES = Set.of("ok", "failed", "absent");

  private static final int FILES = 60;
  private static final int FILES_PICTURED = 500;

  @TestFactory
  Stream<DynamicTest> inARealBrowser() throws Exception {
    if (!Files.exists(CONSOLE.resolve("target/classes/console/index.html"))) {
      return skipped("the console was not built; the build said why");
    }
    List<String[]> lines = run();
    for (String[] line : lines) {
      if (line[0].equals("skipped")) {
        return skipped(line[1]);
      }
    }
    List<String[]> checks = lines.stream().filter(line -> OUTCOMES.contains(line[0])).toList();
    assertThat(checks).as("checks that ran").hasSizeGreaterThan(20);
    return checks.stream().map(ConsoleTest::test);
  }

  private static DynamicTest test(String[] line) {
    String why = line[line.length - 1];
    return dynamicTest(
        line[1],
        () -> {
          assumeTrue(!line[0].equals("absent"), why);
          assertThat(line[0]).as(why).isEqualTo("ok");
        });
  }

  /// Small models of random weights, one that is none, and a real one where the public data is.
  private static Path models() throws IOException {
    Path folder = Files.createTempDirectory("engram-console-models");
    SmallModels.decoder(folder.resolve("noise.gguf"), 1024, "a");
    SmallModels.encoder(folder.resolve("letters.gguf"));
    Files.writeString(folder.resolve("broken.gguf"), "This is no model.");
    Optional<Path> stories = PublicData.find("model-stories260k");
    if (stories.isPresent()) {
      Files.copy(
          stories.get().resolve("tinyllamas-stories-260k-f32.gguf"),
          folder.resolve("stories260k.gguf"));
    }
    return folder;
  }

  /// Counted as skipped, which a factory of tests that ends early is not.
  private static Stream<DynamicTest> skipped(String reason) {
    return Stream.of(dynamicTest("the console in a browser", () -> assumeTrue(false, reason)));
  }

  private static List<String[]> run() throws IOException, InterruptedException {
    boolean pictured = Boolean.getBoolean("console.pictures");
    List<String> command = new ArrayList<>(List.of("node", "e2e/run.mjs", "--files"));
    command.add(Integer.toString(pictured ? FILES_PICTURED : FILES));
    if (pictured) {
      command.addAll(List.of("--screenshots", "../docs/console"));
      command.addAll(List.of("--report", "../docs/benchmarks/console.json"));
    }
    int hub = RunningServer.freePort();
    Path models = models();
    try (RunningServer server =
        RunningServer.start(
            "--engram.inference.models-folder=" + models,
            "--engram.inference.memory=512MB",
            "--engram.inference.cache-bytes=16MB",
            "--engram.hub.url=http://127.0.0.1:" + hub,
            // Levels that follow at once, and that do not all fit.
            "--engram.memory.levels.quiet=0s",
            "--engram.memory.levels.profile-chars=300",
            "--engram.memory.levels.budget-bytes=1200")) {
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(CONSOLE.toFile()).redirectErrorStream(true);
      builder
          .environment()
          .putAll(
              Map.of(
                  "ENGRAM_URL",
                  server.url(),
                  "ENGRAM_KEY",
                  server.adminKey(),
                  "ENGRAM_HUB_PORT",
                  Integer.toString(hub),
                  "ENGRAM_HUB_MODEL",
                  models.resolve("noise.gguf").toString()));
      Process process = builder.start();
      List<String> output = process.inputReader().lines().toList();
      int status = process.waitFor();
      assertThat(status).as(String.join("\n", output)).isLessThanOrEqualTo(1);
      output.forEach(System.out::println);
      return output.stream().map(line -> line.split("\t", 3)).toList();
    }
  }
}
