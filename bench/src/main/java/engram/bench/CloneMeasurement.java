package engram.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// From `git clone` to the first cited answer, under an empty HOME: everything is downloaded and
/// built.
final class CloneMeasurement {
  private CloneMeasurement() {}

  static void run(Report report) {
    Path folder = Folders.temporary("clone");
    try {
      Path home = Files.createDirectory(folder.resolve("home"));
      Instant begin = Instant.now();
      Folders.run(List.of("git", "clone", "--quiet", ".", folder.resolve("engram").toString()));
      String output =
          Folders.run(
              List.of(
                  "env",
                  "HOME=" + home,
                  "MAVEN_OPTS=-Dmaven.repo.local=" + home.resolve(".m2/repository"),
                  "sh",
                  "-c",
                  "cd '" + folder.resolve("engram") + "' && ./engram demo --exit"));
      double seconds = Duration.between(begin, Instant.now()).toMillis() / 1000.0;
      report.value("clone_to_answer_seconds", seconds);
      report.section(
          "Clone to answer",
          "`git clone`, then `./engram demo` under an empty HOME: "
              + Report.number(seconds)
              + " s to the cited answers, downloads and build included.\n\n```\n"
              + tail(output)
              + "\n```");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String tail(String output) {
    List<String> lines = output.strip().lines().filter(line -> !line.contains("engram_")).toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }
}
