package engram.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The product's jar as people start it and stop it: what they read when it cannot start, and what
/// Ctrl-C leaves behind.
class StartAndStopTest {
  private static final int PATIENCE_SECONDS = 120;
  private static final int DOCUMENTS = 30;

  @TempDir private Path folder;

  @Test
  void theBeansThatTheBuildWorkedOutAreUsedUnlessASettingMayAskForOthers() throws Exception {
    assertThat(RunningServer.shared().logText()).contains("Starting AOT-processed");
    try (RunningServer asked =
        RunningServer.start("--management.endpoints.web.exposure.include=health,metrics")) {
      assertThat(asked.logText()).doesNotContain("Starting AOT-processed");
      assertThat(asked.admin().get("/actuator/metrics").path("names").isArray()).isTrue();
    }
  }

  @Test
  void aTakenPortIsToldInOneSentence() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      assertOneSentence(
          start(folder, "--server.port=" + taken.getLocalPort()),
          "The port " + taken.getLocalPort() + " is taken. Stop the process");
    }
  }

  @Test
  void aFolderInUseIsToldInOneSentence() throws Exception {
    RunningServer other = RunningServer.shared();
    assertOneSentence(
        start(other.dataFolder()), "is in use by another Engram (process " + other.process().pid());
  }

  @Test
  void aFolderOfANewerVersionIsToldInOneSentence() throws Exception {
    Files.writeString(folder.resolve("VERSION"), "engram-data 99\n");
    assertOneSentence(start(folder), "belongs to a newer Engram: its VERSION says");
  }

  @Test
  void aFileInPlaceOfTheFolderIsToldInOneSentence() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertOneSentence(start(file), "is not a folder");
  }

  @Test
  void aFullDiskIsToldInOneSentence() throws Exception {
    Path small = Files.createDirectory(folder.resolve("small"));
    if (exit("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small.toString()) != 0) {
      String reason = "skipped: a small file system can be mounted by root only";
      System.out.println(reason);
      Assumptions.abort(reason);
    }
    try {
      assertOneSentence(start(small), "is full: 1", "MB are free and at least 256 MB are needed");
    } finally {
      exit("umount", small.toString());
    }
  }

  @Test
  void aBadSettingIsToldInOneSentence() throws Exception {
    assertOneSentence(
        start(folder, "--engram.workers.ingest=900"),
        "engram.workers.ingest 900 is not in [0, 64]");
    assertOneSentence(
        start(folder, "--engram.workers.ingest=many"),
        "The setting engram.workers.ingest cannot be \"many\".");
  }

  @Test
  void aDatabaseThatIsNotThereIsToldInOneSentence() throws Exception {
    assertOneSentence(
        start(
            folder,
            "--engram.database.url=jdbc:postgresql://127.0.0.1:" + RunningServer.freePort() + "/x",
            "--engram.database.username=x"),
        "database");
  }

  /// Ctrl-C reaches every process of the terminal's foreground group at once.
  @Test
  void ctrlCLeavesAFolderThatGoesOnAndNoProcess() throws Exception {
    if (exit("setsid", "env", "--default-signal=INT", "true") != 0) {
      Assumptions.abort("skipped: no program setsid, or an env without --default-signal");
    }
    int port = RunningServer.freePort();
    // A shell without job control lets what it runs in the background ignore SIGINT, and all below.
    List<String> command = new ArrayList<>(List.of("setsid", "env", "--default-signal=INT"));
    command.addAll(command(folder, "--server.port=" + port));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    StringBuilder log = new StringBuilder();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      awaitLine(output, "Started EngramApplication", log);
      var rest = CompletableFuture.supplyAsync(() -> output.lines().toList());
      Api api = admin(port);
      String collection = api.createCollection("interrupted");
      for (int index = 0; index < DOCUMENTS; index++) {
        String text = "Lighthouse number " + index + " stands at the coast.";
        api.put(
            "/api/collections/" + collection + "/documents/d" + index + ".txt",
            "text/plain",
            text.getBytes(StandardCharsets.UTF_8));
      }
      assertThat(exit("kill", "-INT", "--", "-" + process.pid())).isZero();
      boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        // Else its output would be waited for before the block below could end it.
        exit("kill", "-KILL", "--", "-" + process.pid());
      }
      assertThat(ended).isTrue();
      assertThat(process.exitValue()).isEqualTo(130);
      rest.join().forEach(line -> log.append(line).append('\n'));
      assertThat(log.toString()).doesNotContain(" ERROR ", "\tat ");
      assertThat(leftOver()).isEmpty();
      assertThat(folder.resolve("postgres")).isDirectoryNotContaining("glob:**postmaster.pid");

      try (RunningServer again = RunningServer.start(folder, List.of(), List.of())) {
        var counts =
            again.admin().awaitIngested(collection, Duration.ofMinutes(2)).path("file_counts");
        assertThat(counts.path("completed").asInt()).as(counts.toString()).isEqualTo(DOCUMENTS);
        assertThat(again.admin().get("/api/index").path("index").path("chunks").asInt())
            .isEqualTo(DOCUMENTS);
      }
      assertThat(leftOver()).isEmpty();
    } finally {
      exit("kill", "-KILL", "--", "-" + process.pid());
    }
  }

  private Api admin(int port) throws IOException {
    return new Api(
        "http://127.0.0.1:" + port, Files.readString(folder.resolve("admin.key")).strip());
  }

  private List<String> leftOver() {
    return ProcessHandle.allProcesses()
        .flatMap(process -> process.info().commandLine().stream())
        .filter(line -> line.contains(folder.toString()))
        .toList();
  }

  private static void awaitLine(BufferedReader output, String wanted, StringBuilder seen)
      throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      seen.append(line).append('\n');
      if (line.contains(wanted)) {
        return;
      }
    }
    fail("the server ended:\n" + seen);
  }

  private record Ended(int status, List<String> out, List<String> err) {}

  private static void assertOneSentence(Ended ended, String... parts) {
    String all = String.join("\n", ended.out()) + "\n" + String.join("\n", ended.err());
    assertThat(ended.status()).as(all).isOne();
    assertThat(ended.err())
        .as(all)
        .singleElement()
        .asString()
        .startsWith("engram: ")
        .contains(parts)
        .endsWith(".");
    assertThat(ended.out())
        .noneMatch(line -> line.contains(" WARN ") || line.contains(" ERROR "))
        .noneMatch(line -> line.contains("xception") || line.startsWith("\tat "));
  }

  private static List<String> command(Path data, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
    Path jar = FastStart.jar();
    command.addAll(FastStart.flags());
    command.addAll(List.of("-jar", jar.toString(), "--engram.data-folder=" + data));
    command.addAll(List.of(arguments));
    return command;
  }

  private Ended start(Path data, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of(arguments));
    if (all.stream().noneMatch(argument -> argument.startsWith("--server.port"))) {
      all.add("--server.port=0");
    }
    Path out = Files.createTempFile("engram-start", ".out");
    Path err = Files.createTempFile("engram-start", ".err");
    Process process =
        new ProcessBuilder(command(data, all.toArray(String[]::new)))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroy();
      process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      fail("it started: " + Files.readString(out));
    }
    return new Ended(process.exitValue(), Files.readAllLines(out), Files.readAllLines(err));
  }

  /// -1 where there is no such program.
  private static int exit(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    } catch (IOException noSuchProgram) {
      return -1;
    }
  }
}
