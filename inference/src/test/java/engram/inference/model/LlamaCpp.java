package engram.inference.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The other engine: a checkout of llama.cpp that was built.
///
/// @param folder of the checkout
/// @param depth our driver of its library, for texts that its cache already holds
record LlamaCpp(Path folder, Path depth) {
  private static final int MINUTES_MAX = 30;

  /// Builds the driver.
  static LlamaCpp of(Path folder, Path target) throws Exception {
    Path bench = folder.resolve("build/bin/llama-bench");
    if (!Files.isExecutable(bench)) {
      throw new IllegalArgumentException("--llamacpp: there is no " + bench);
    }
    Path driver = target.resolve("llamacpp-depth");
    Files.createDirectories(target);
    Path library = folder.resolve("build/bin").toAbsolutePath();
    output(
        List.of(
            "c++",
            "-O2",
            "-std=c++17",
            "-I" + folder.resolve("include"),
            "-I" + folder.resolve("ggml/include"),
            "bench/llamacpp-depth.cpp",
            "-L" + library,
            "-lllama",
            "-lggml",
            "-lggml-base",
            "-Wl,-rpath," + library,
            "-o",
            driver.toString()));
    return new LlamaCpp(folder, driver);
  }

  /// What the checkout says of itself.
  String commit() throws Exception {
    Path file = folder.resolve("COMMIT");
    return Files.exists(file)
        ? Files.readString(file).strip()
        : output(List.of("git", "-C", folder.toString(), "rev-parse", "HEAD")).strip();
  }

  /// How it was built, as far as its build folder tells.
  String build() throws IOException {
    Path cache = folder.resolve("build/CMakeCache.txt");
    if (!Files.exists(cache)) {
      return "unknown";
    }
    List<String> told = new ArrayList<>();
    for (String line : Files.readAllLines(cache)) {
      if (line.matches("(CMAKE_BUILD_TYPE|GGML_(NATIVE|LLAMAFILE|OPENMP|CPU_AARCH64)):.*")) {
        told.add(line.replaceAll(":[A-Z]+=", "="));
      }
    }
    return String.join(", ", told);
  }

  /// Tokens per second.
  ///
  /// @param prompt whether `tokens` are read at once, or written one by one
  double speed(Path model, int threads, int depth, boolean prompt, int tokens) throws Exception {
    if (depth > 0) {
      return Double.parseDouble(
          output(
                  List.of(
                      this.depth.toString(),
                      model.toString(),
                      "" + threads,
                      "" + depth,
                      prompt ? "pp" : "tg",
                      "" + tokens))
              .strip());
    }
    JsonNode runs =
        JsonMapper.shared()
            .readTree(
                output(
                    List.of(
                        folder.resolve("build/bin/llama-bench").toString(),
                        "-m",
                        model.toString(),
                        "-t",
                        "" + threads,
                        "-p",
                        prompt ? "" + tokens : "0",
                        "-n",
                        prompt ? "0" : "" + tokens,
                        "-r",
                        "1",
                        "-o",
                        "json")));
    return runs.get(0).get("avg_ts").doubleValue();
  }

  private static String output(List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    // The end of its output would be waited for, however long it hangs.
    CompletableFuture<String> output =
        CompletableFuture.supplyAsync(() -> {
          try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException(
          String.join(" ", command) + " did not end within " + MINUTES_MAX + " minutes");
    }
    if (process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + " ended with " + process.exitValue());
    }
    return output.get();
  }
}
