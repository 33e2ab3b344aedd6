package engram.inference;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// A report of `docs/benchmarks`: the same figures as Markdown and as JSON.
public final class BenchmarkReport {
  private static final long BEGIN = System.nanoTime();

  private final Map<String, Object> json = new LinkedHashMap<>();
  private final StringBuilder text = new StringBuilder();

  /// @param command writes it
  public BenchmarkReport(String title, String command) {
    text.append("# ").append(title).append("\n\nWritten by `").append(command);
    text.append("`; not edited by hand.\n\n| what | value |\n|---|---|\n");
    fact("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    fact("commit", System.getProperty("commit", "unknown"));
    fact("cores", Runtime.getRuntime().availableProcessors());
    fact("processor", processor());
    fact("java", System.getProperty("java.runtime.version"));
    fact("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
  }

  /// One line on the way, beside the report: what was done, and after how many minutes.
  public static void say(String what) {
    System.err.printf("%6.1f min  %s%n", (System.nanoTime() - BEGIN) / 60e9, what);
  }

  public static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  public static String spread(List<Double> values) {
    return "%.4g to %.4g"
        .formatted(
            values.stream().mapToDouble(Double::doubleValue).min().orElse(0),
            values.stream().mapToDouble(Double::doubleValue).max().orElse(0));
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  public BenchmarkReport fact(String name, Object value) {
    json.put(name.replace(' ', '_'), value);
    text.append("| ").append(name).append(" | ").append(shown(value)).append(" |\n");
    return this;
  }

  public BenchmarkReport prose(String paragraph) {
    text.append('\n').append(paragraph).append('\n');
    return this;
  }

  /// A value for machines alone.
  public BenchmarkReport key(String name, Object value) {
    json.put(name, value);
    return this;
  }

  /// @param rows by their first column, in their order
  public BenchmarkReport table(String key, List<Map<String, Object>> rows) {
    json.put(key, rows);
    if (!rows.isEmpty()) {
      List<String> columns = new ArrayList<>(rows.getFirst().keySet());
      text.append("\n| ").append(String.join(" | ", columns)).append(" |\n");
      text.append("|---".repeat(columns.size())).append("|\n");
      for (Map<String, Object> row : rows) {
        for (String column : columns) {
          text.append("| ").append(shown(row.getOrDefault(column, ""))).append(' ');
        }
        text.append("|\n");
      }
    }
    return this;
  }

  private static String shown(Object value) {
    return value instanceof Double number ? "%.4g".formatted(number) : String.valueOf(value);
  }

  @Override
  public String toString() {
    return text.toString();
  }

  public void write(Path folder, String name) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(name + ".md"), text, StandardCharsets.UTF_8);
    Files.writeString(
        folder.resolve(name + ".json"),
        JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValueAsString(json)
            + "\n",
        StandardCharsets.UTF_8);
  }
}
