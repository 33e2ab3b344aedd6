package engram.db;

import java.util.List;

/// Finds in PostgreSQL's output the line that says why.
final class PostgresLog {
  private static final List<String> TELLING = List.of("FATAL:", "PANIC:", "error:", "ERROR:");
  private static final int REASON_CHARS_MAX = 300;

  private PostgresLog() {}

  static String reason(String output) {
    List<String> lines = output.lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
    String line =
        lines.reversed().stream()
            .filter(l -> TELLING.stream().anyMatch(l::contains))
            .findFirst()
            .orElse(lines.isEmpty() ? "it gave no reason." : lines.getLast());
    for (String mark : TELLING) {
      int at = line.indexOf(mark);
      if (at >= 0) {
        line = line.substring(at + mark.length()).strip();
      }
    }
    return line.length() > REASON_CHARS_MAX ? line.substring(0, REASON_CHARS_MAX) + "…" : line;
  }
}
