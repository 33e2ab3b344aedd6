package engram.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the script `engram` in a folder of its own, with a PATH, a JDK and a Maven that only
/// pretend.
class LauncherTest {
  private static final List<String> TOOLS =
      List.of(
          "mktemp",
          "sh",
          "dirname",
          "readlink",
          "sed",
          "cat",
          "date",
          "find",
          "head",
          "tail",
          "grep",
          "mkdir",
          "mv",
          "touch",
          "rm",
          "sort",
          "awk",
          "sleep",
          "echo",
          "kill");

  @TempDir private Path home;
  private Path project;
  private Path path;
  private Path jdk;

  @BeforeEach
  void pretend() throws IOException {
    assumeFalse(File.separatorChar == '\\', "the launcher is a shell script");
    project = Files.createDirectory(home.resolve("a project"));
    script(project.resolve("engram"), Files.readString(launcher()));
    Files.writeString(
        project.resolve("pom.xml"),
        "<project>\n  <artifactId>engram</artifactId>\n  <version>1.2.3</version>\n</project>\n");
    path = Files.createDirectory(home.resolve("path"));
    for (String tool : TOOLS) {
      Path found =
          Stream.of(System.getenv("PATH").split(File.pathSeparator))
              .map(folder -> Path.of(folder, tool))
              .filter(Files::isExecutable)
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("No " + tool + " on the PATH"));
      script(path.resolve(tool), "#!/bin/sh\nexec '" + found + "' \"$@\"\n");
    }
    jdk = home.resolve("jdk");
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
    script(jdk.resolve("bin/javac"), "#!/bin/sh\n");
    script(jdk.resolve("bin/java"), FAKE_JAVA);
  }

  /// Says how it was called; when asked to unpack a jar it makes the folder, its last argument.
  private static final String FAKE_JAVA =
      """
      #!/bin/sh
      case "$*" in
        *jarmode*) for folder; do :; done; mkdir -p "$folder"; echo jar >"$folder/engram-server.jar" ;;
        *) echo "java $*" ;;
      esac
      """;

  @Test
  void helpNamesEveryCommandAndEachExplainsItself() throws Exception {
    Answer help = run("--help");
    assertThat(help.exitCode()).isZero();
    for (String command :
        List.of(
            "demo", "serve", "test", "reindex", "eval", "models", "chat", "build", "check",
            "version")) {
      assertThat(help.output()).contains("  " + command + " ");
      Answer own = run(command, "--help");
      assertThat(own.exitCode()).isZero();
      assertThat(own.output()).startsWith("Usage: ./engram " + command);
    }
    assertThat(run().output()).isEqualTo(help.output());
    assertThat(run("version").output()).isEqualTo("1.2.3\n");
  }

  @Test
  void misuseIsNamedAndEndsWithTwo() throws Exception {
    assertMisuse("there is no command \"bogus\"", "bogus");
    assertMisuse("--port needs a number", "serve", "--port", "http");
    assertMisuse("--port needs a number", "serve", "--port=70000");
    assertMisuse("--port needs a value", "serve", "--port");
    assertMisuse("serve does not know \"8080\"", "serve", "8080");
    assertMisuse("models needs pull", "models");
    assertMisuse("demo does not know \"--bogus\"", "demo", "--bogus");
  }

  @Test
  void aMissingJdkIsToldInOneLine() throws Exception {
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.9\"\n");
    Answer answer = run("build");
    assertThat(answer.exitCode()).isOne();
    assertThat(answer.output().lines())
        .singleElement()
        .asString()
        .startsWith("engram: JDK 25 or newer is needed");
  }

  @Test
  void aMissingMavenIsToldInOneLine() throws Exception {
    Answer answer = run("build");
    assertThat(answer.exitCode()).isOne();
    assertThat(answer.output().lines())
        .singleElement()
        .asString()
        .startsWith("engram: Maven is needed");
  }

  @Test
  void itBuildsOnlyWhenSourcesAreNewerThanTheJar() throws Exception {
    maven(
        """
        echo "[INFO] Building Engram db 1.2.3                                  [2/4]"
        mkdir -p api/target; echo jar > api/target/engram-server.jar\
        """);
    Answer first = run("serve");
    assertThat(first.output()).contains("[2/4]  Engram db").contains("java --enable-native");
    assertThat(run("serve").output()).doesNotContain("Building").doesNotContain("--add-modules");
    assertThat(run("serve", "--engram.embedding.base-url=http://127.0.0.1:1/v1").output())
        .as("vectors are compared by the processor's vector units")
        .contains("--add-modules jdk.incubator.vector");
    Path source = project.resolve("api/src/main/java/A.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "class A {}");
    Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 5000));
    assertThat(run("serve").output()).contains("Building");
  }

  @Test
  void aFailedBuildShowsItsEnd() throws Exception {
    maven("echo '[ERROR] Foo.java:3 missing return'; exit 1");
    Answer answer = run("build");
    assertThat(answer.exitCode()).isOne();
    assertThat(answer.output()).contains("Foo.java:3").endsWith("engram: the build failed.\n");
  }

  @Test
  void serveHandsItsOptionsToTheServer() throws Exception {
    jar();
    String output = run("serve", "--a.b=c d", "--port", "81", "--data=my data", "--e=f").output();
    assertThat(output)
        .contains("--enable-native-access=ALL-UNNAMED")
        .contains("engram-server.jar --a.b=c d --e=f --server.port=81 --engram.data-folder=")
        .endsWith("/my data\n");
  }

  @Test
  void withoutALocaleTheServerKnowsEveryLetterAllTheSame() throws Exception {
    jar();
    script(jdk.resolve("bin/java"), "#!/bin/sh\necho \"${LC_ALL:-no locale}\"\n");
    assertThat(run("serve").output()).isEqualTo("C.UTF-8\n");
  }

  @Test
  void aSignalGoesStraightToTheServer() throws Exception {
    jar();
    script(
        jdk.resolve("bin/java"),
        "#!/bin/sh\ntrap 'echo stopped; exit 7' TERM\necho up\nwhile :; do sleep 0.1; done\n");
    Process process = start("serve");
    try (var output = process.inputReader()) {
      assertThat(output.readLine()).isEqualTo("up");
      // Process.destroy would close the output as well.
      process.toHandle().destroy();
      assertThat(output.readLine()).isEqualTo("stopped");
    }
    assertThat(process.waitFor()).isEqualTo(7);
  }

  @Test
  void demoWaitsForTheServerAsksItAndStopsIt() throws Exception {
    jar();
    script(
        jdk.resolve("bin/java"),
        """
        #!/bin/sh
        case "$*" in
          *" demo "*) echo "client: $*"; exit 0 ;;
        esac
        trap 'echo stopped; exit 0' TERM
        echo "Tomcat started on port 4711 (http) with context path '/'"
        echo "Started EngramApplication in 1.5 seconds"
        while :; do sleep 0.1; done
        """);
    Answer answer = run("demo", "--exit", "--data", "d");
    assertThat(answer.exitCode()).as(answer.output()).isZero();
    assertThat(answer.output())
        .contains("The server is ready at http://127.0.0.1:4711")
        .contains("demo --url http://127.0.0.1:4711 --key-file ");
    assertThat(project.resolve("d/server.log")).content().endsWith("stopped\n");
  }

  @Test
  void demoSaysWhyTheServerDidNotStart() throws Exception {
    jar();
    script(
        jdk.resolve("bin/java"),
        "#!/bin/sh\necho 'a line of the log'; echo 'engram: The port 80 is taken.' >&2; exit 1\n");
    Answer answer = run("demo", "--port", "80");
    assertThat(answer.exitCode()).isOne();
    assertThat(answer.output())
        .endsWith("engram: the server did not start: The port 80 is taken.\n");
  }

  @Test
  void testCountsResultsAndListsEachSkipWithItsReason() throws Exception {
    maven(
        """
        mkdir -p db/target/surefire-reports api/target/surefire-reports
        cat > db/target/surefire-reports/TEST-a.xml <<'X'
        <testsuite name="a" time="1" tests="4" errors="0" skipped="2" failures="0">
          <testcase name="one" classname="A" time="1"/>
          <testcase name="two" classname="A" time="1">
            <skipped message="no &quot;GPU&quot; here"/>
          <testcase name="three" classname="A" time="1">
            <skipped type="x"><![CDATA[org.opentest4j.TestAbortedException: Assumption failed: no Docker
        X
        cat > api/target/surefire-reports/TEST-b.xml <<'X'
        <testsuite name="b" time="1" tests="3" errors="1" skipped="0" failures="1">
        X
        exit 1\
        """);
    Answer answer = run("test");
    assertThat(answer.exitCode()).isOne();
    assertThat(answer.output())
        .endsWith(
            """
            Skipped:
              A.two: no "GPU" here
              A.three: no Docker
            3 passed, 2 failed, 2 skipped
            """);
    maven("exit 0");
    Answer none = run("test");
    assertThat(none.output())
        .as("reports of the run before")
        .endsWith("0 passed, 0 failed, 0 skipped\n");
    assertThat(none.exitCode()).as("no test at all is no success").isOne();
  }

  private record Answer(int exitCode, String output) {}

  private void assertMisuse(String text, String... arguments) throws Exception {
    Answer answer = run(arguments);
    assertThat(answer.exitCode()).as(answer.output()).isEqualTo(2);
    assertThat(answer.output()).contains(text);
  }

  private Answer run(String... arguments) throws Exception {
    Process process = start(arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Answer(process.exitValue(), output);
  }

  private Process start(String... arguments) throws IOException {
    var command =
        Stream.concat(
                Stream.of("/bin/sh", project.resolve("engram").toString()), Stream.of(arguments))
            .toList();
    var builder = new ProcessBuilder(command).redirectErrorStream(true).directory(project.toFile());
    builder.environment().clear();
    builder
        .environment()
        .putAll(
            Map.of(
                "PATH", path.toString(),
                "HOME", home.toString(),
                "JAVA_HOME", jdk.toString(),
                "ENGRAM_JDK_FOLDERS", ""));
    return builder.start();
  }

  private void jar() throws IOException {
    Path jar = project.resolve("api/target/engram-server.jar");
    Files.createDirectories(jar.getParent());
    Files.writeString(jar, "jar");
    Path app = Files.createDirectories(project.resolve("api/target/app"));
    Files.writeString(app.resolve("engram-server.jar"), "jar");
    Files.writeString(app.resolve("made"), "");
  }

  private void maven(String body) throws IOException {
    script(path.resolve("mvn"), "#!/bin/sh\ncd '" + project + "'\n" + body + "\n");
  }

  private static void script(Path file, String content) throws IOException {
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Path launcher() {
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (Files.isRegularFile(folder.resolve("engram"))
          && Files.isRegularFile(folder.resolve("pom.xml"))) {
        return folder.resolve("engram");
      }
    }
    throw new IllegalStateException("No launcher above " + Path.of("").toAbsolutePath());
  }
}
