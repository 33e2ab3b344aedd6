package engram.eval.read;

import engram.eval.JudgedQuery;
import engram.eval.ReadLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One table with a head: `query`, `document` (a name of yours or a file id), `grade` (1 where
/// there is none), `query_id`, `answer`. One row per judgement or answer; rows of one query are
/// those of one `query_id`, or of one text. Cells as in RFC 4180, parted by commas, semicolons or
/// tabs.
public final class CsvFormat {
  private static final Map<String, String> COLUMNS =
      Map.ofEntries(
          Map.entry("query", "query"),
          Map.entry("question", "query"),
          Map.entry("query_id", "query_id"),
          Map.entry("id", "query_id"),
          Map.entry("document", "document"),
          Map.entry("relevant_document", "document"),
          Map.entry("file", "document"),
          Map.entry("file_id", "document"),
          Map.entry("grade", "grade"),
          Map.entry("score", "grade"),
          Map.entry("relevance", "grade"),
          Map.entry("answer", "answer"));

  private static final int COLUMNS_MAX = 1_000;

  private final FileSet files;
  private final ReadLimits limits;

  public CsvFormat(FileSet files, ReadLimits limits) {
    this.files = files;
    this.limits = limits;
  }

  public static boolean isIn(FileSet files) {
    return table(files).isPresent();
  }

  private static Optional<String> table(FileSet files) {
    return files.find(name -> name.endsWith(".csv"));
  }

  public List<JudgedQuery> queries() throws IOException {
    Judgements judgements = new Judgements(limits);
    try (Lines lines = files.lines(table(files).orElseThrow())) {
      String head = lines.next();
      if (head == null || head.isBlank()) {
        throw lines.wrong("is not the head of a table");
      }
      char comma = comma(head);
      Map<String, Integer> columns = columns(cells(head, comma, lines), lines);
      Map<String, String> texts = new HashMap<>();
      for (String line = lines.next(); line != null; line = lines.next()) {
        if (!line.isBlank()) {
          row(cells(line, comma, lines), columns, texts, judgements, lines);
        }
      }
    }
    return judgements.queries(true);
  }

  private static void row(
      List<String> cells,
      Map<String, Integer> columns,
      Map<String, String> texts,
      Judgements judgements,
      Lines lines) {
    String text = cell(cells, columns, "query");
    String id = cell(cells, columns, "query_id");
    String key = id.isEmpty() ? text : id;
    if (key.isEmpty()) {
      throw lines.wrong("has no query");
    }
    String query = id.isEmpty() ? texts.getOrDefault(key, "q" + (texts.size() + 1)) : id;
    if (!texts.containsKey(key)) {
      if (text.isEmpty()) {
        throw lines.wrong("has no query");
      }
      judgements.query(query, text, lines);
      texts.put(key, query);
    }
    String document = cell(cells, columns, "document");
    String answer = cell(cells, columns, "answer");
    if (document.isEmpty() && answer.isEmpty()) {
      throw lines.wrong("names neither a document nor an answer");
    }
    if (!document.isEmpty()) {
      String grade = cell(cells, columns, "grade");
      judgements.judge(
          query, document, grade.isEmpty() ? 1 : Judgements.grade(grade, lines), lines);
    }
    if (!answer.isEmpty()) {
      judgements.answer(query, answer);
    }
  }

  private static String cell(List<String> cells, Map<String, Integer> columns, String name) {
    @Nullable Integer index = columns.get(name);
    return index == null || index >= cells.size() ? "" : cells.get(index).strip();
  }

  private static Map<String, Integer> columns(List<String> head, Lines lines) {
    Map<String, Integer> columns = new HashMap<>();
    for (int index = 0; index < head.size(); index++) {
      String known = COLUMNS.get(head.get(index).strip().toLowerCase(Locale.ROOT));
      if (known != null && columns.putIfAbsent(known, index) != null) {
        throw lines.wrong("has two columns that mean '" + known + "'");
      }
    }
    if (!columns.containsKey("query")
        || !(columns.containsKey("document") || columns.containsKey("answer"))) {
      throw lines.wrong("has not the columns 'query' and 'document' or 'answer'");
    }
    return columns;
  }

  /// Which of the three is there most often.
  private static char comma(String head) {
    char best = ',';
    for (char candidate : new char[] {';', '\t'}) {
      boolean more =
          head.chars().filter(c -> c == candidate).count()
              > head.chars().filter(c -> c == ',').count();
      best = more ? candidate : best;
    }
    return best;
  }

  /// The cells of a row; it goes on over further lines while a quoted cell is open.
  private static List<String> cells(String line, char comma, Lines lines) throws IOException {
    long begunAt = lines.number();
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    String rest = line;
    while (true) {
      for (int index = 0; index < rest.length(); index++) {
        char c = rest.charAt(index);
        if (quoted && c == '"' && index + 1 < rest.length() && rest.charAt(index + 1) == '"') {
          cell.append('"');
          index++;
        } else if (c == '"' && (quoted || cell.isEmpty())) {
          quoted = !quoted;
        } else if (!quoted && c == comma) {
          cells.add(cell.toString());
          cell.setLength(0);
          if (cells.size() > COLUMNS_MAX) {
            throw lines.wrongAt(begunAt, "has more than " + COLUMNS_MAX + " columns");
          }
        } else {
          cell.append(c);
        }
      }
      if (!quoted) {
        cells.add(cell.toString());
        return cells;
      }
      cell.append('\n');
      @Nullable String next = cell.length() > Lines.LINE_CHARS_MAX ? null : lines.next();
      if (next == null) {
        throw lines.wrongAt(begunAt, "begins a quoted cell that does not end");
      }
      rest = next;
    }
  }
}
