package engram.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What was measured: values under stable keys for machines, sections with tables for people.
final class Report {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final String title;
  private final String command;
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final List<String> sections = new ArrayList<>();

  Report(String title, String command) {
    this.title = title;
    this.command = command;
  }

  /// Records a value under its key; numbers are rounded to four significant decimals.
  void value(String key, Object value) {
    values.put(
        key, value instanceof Double number ? Math.round(number * 10_000) / 10_000.0 : value);
  }

  void section(String heading, String text) {
    sections.add("## " + heading + "\n\n" + text.strip() + "\n");
    System.out.println("\n== " + heading + "\n" + text.strip());
  }

  /// Rows of a Markdown table; the first is its head.
  static String table(List<List<String>> rows) {
    StringBuilder table = new StringBuilder();
    for (int index = 0; index < rows.size(); index++) {
      table.append("| ").append(String.join(" | ", rows.get(index))).append(" |\n");
      if (index == 0) {
        table.append("|").append("---|".repeat(rows.getFirst().size())).append("\n");
      }
    }
    return table.toString();
  }

  static String number(double value) {
    return String.format(
        Locale.ROOT,
        Math.abs(value) >= 100 ? "%,.0f" : Math.abs(value) >= 1 ? "%.2f" : "%.4f",
        value);
  }

  /// Writes `<name>.md` and `<name>.json`.
  void write(Path folder, String name) {
    try {
      Files.createDirectories(folder);
      StringBuilder markdown = new StringBuilder("# " + title + "\n\n");
      markdown.append("Written by `").append(command).append("`; not edited by hand.\n\n");
      markdown.append(table(machine())).append("\n");
      sections.forEach(section -> markdown.append(section).append("\n"));
      Files.writeString(folder.resolve(name + ".md"), markdown.toString().stripTrailing() + "\n");
      Map<String, Object> all = new LinkedHashMap<>();
      machine().stream().skip(1).forEach(row -> all.put(row.get(0).replace(' ', '_'), row.get(1)));
      all.putAll(values);
      Files.writeString(folder.resolve(name + ".json"), JSON.writeValueAsString(all) + "\n");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static List<List<String>> machine() {
    return List.of(
        List.of("what", "value"),
        List.of("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString()),
        List.of("commit", output("git", "rev-parse", "--short", "HEAD")),
        List.of("cores", Integer.toString(Runtime.getRuntime().availableProcessors())),
        List.of("processor", processor()),
        List.of("java", Runtime.version().toString()),
        List.of("os", System.getProperty("os.name") + " " + System.getProperty("os.arch")));
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException notLinux) {
      return "unknown";
    }
  }

  private static String output(String... command) {
    try {
      Process process = new ProcessBuilder(command).start();
      String text =
          new String(
                  process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
              .strip();
      process.waitFor(10, TimeUnit.SECONDS);
      return text.isEmpty() ? "unknown" : text;
    } catch (IOException absent) {
      return "unknown";
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return "unknown";
    }
  }
}
