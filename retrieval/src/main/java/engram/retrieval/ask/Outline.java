package engram.retrieval.ask;

import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.cite.Sentences;
import engram.retrieval.pack.Passage;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What of a passage can be quoted, and under which headings it stands.
///
/// A row of a table and a line of JSON are quoted whole and alone; everything else by sentences.
/// Headings, and the first row of a table that names its columns, are never quoted: they say what
/// the text below is about. Headings inside a passage are told by how its lines look, because a
/// passage is plain text: Markdown and AsciiDoc mark them, elsewhere a heading is a short line of
/// its own that ends without punctuation and has sentences, items or rows under it: of several such
/// lines, as slides have them, only the last may be one.
///
/// Threads: one.
final class Outline {
  /// @param span in the passage's text
  /// @param row whether it is a row of a table
  /// @param above nearest first
  record Unit(Span span, boolean row, List<Above> above) {}

  /// A heading, a title or the head of a table.
  ///
  /// @param inside whether it stands in the passage's own text
  /// @param weight how much of what it says holds for the unit too, `[0, 1]`
  record Above(String text, boolean inside, double weight) {}

  // Set by hand: the question sets that the other weights were fitted on have no headings.
  private static final double NEAREST = 0.9;
  private static final double EACH_UNIT_LESS = 0.05;
  private static final double NEAREST_MIN = 0.65;
  private static final double FARTHER = 0.7;
  private static final double TITLE = 0.6;
  private static final double FILENAME = 0.4;
  private static final double TABLE_HEAD = 0.8;

  private static final int HEADING_CHARS_MAX = 100;
  private static final int LABEL_CHARS_MAX = 60;
  private static final int ABOVE_MAX = 8;
  private static final Pattern MARKED = Pattern.compile("(#{1,6}|={1,6})\\s+\\S.*");
  private static final Pattern MARKS = Pattern.compile("^[#=]+\\s+|\\s+[#=]+$");
  private static final Pattern LIST_ITEM = Pattern.compile("(?:[-*•–—·+]|\\(?\\w{1,3}[.)])\\s.*");
  private static final Pattern ENDED = Pattern.compile(".*[.!?,;…。！？、，；؟؛।>}\\])\"”»]");
  private static final Pattern DATED = Pattern.compile(".*\\d.*\\)");
  private static final Pattern RULE_ROW = Pattern.compile("[\\s|:+-]+");
  private static final Pattern JSON =
      Pattern.compile("[{\\[\"].*(?:[,{\\[\\]}\"]|\\d|true|false|null)");
  private static final Pattern WORD = Pattern.compile(".*[\\p{L}\\p{N}].*", Pattern.DOTALL);
  private static final Pattern DIGIT = Pattern.compile(".*\\p{N}.*");

  private record Line(int start, int end, String text) {
    String stripped() {
      return text.strip();
    }

    boolean blank() {
      return text.isBlank();
    }
  }

  private record Heading(int level, String text) {}

  private final Passage passage;
  private final List<Line> lines;
  private final List<Unit> units = new ArrayList<>();
  private final List<Heading> headings = new ArrayList<>();
  private int unitsUnderHeading;
  private int pendingFrom = -1;

  private Outline(Passage passage) {
    this.passage = passage;
    this.lines = lines(passage.text());
  }

  /// In order, none empty, none overlapping.
  static List<Unit> of(Passage passage) {
    Outline outline = new Outline(passage);
    outline.read();
    return outline.units;
  }

  private static List<Line> lines(String text) {
    List<Line> lines = new ArrayList<>();
    for (int start = 0; start < text.length(); ) {
      int newline = text.indexOf('\n', start);
      int end = newline < 0 ? text.length() : newline;
      lines.add(new Line(start, end, text.substring(start, end)));
      start = end + 1;
    }
    return lines;
  }

  private void read() {
    int at = 0;
    while (at < lines.size()) {
      int rows = rows(at);
      if (rows > 1) {
        flush(lines.get(at).start());
        table(at, at + rows);
        at += rows;
        continue;
      }
      Line line = lines.get(at);
      int level = level(at);
      if (level > 0) {
        flush(line.start());
        enter(new Heading(level, MARKS.matcher(line.stripped()).replaceAll("")));
      } else if (isJson(line)) {
        flush(line.start());
        add(line, false, List.of());
      } else if (pendingFrom < 0) {
        pendingFrom = line.start();
      }
      at++;
    }
    flush(passage.text().length());
  }

  private void enter(Heading heading) {
    headings.removeIf(above -> above.level() >= heading.level());
    headings.add(heading);
    unitsUnderHeading = 0;
  }

  // Headings

  private static final int PLAIN_LEVEL = 7;

  /// 1 for the topmost; 0 where the line is no heading.
  private int level(int at) {
    Line line = lines.get(at);
    String text = line.stripped();
    if (text.isEmpty() || text.length() > HEADING_CHARS_MAX || nextText(at).isEmpty()) {
      return 0;
    }
    if (MARKED.matcher(text).matches()) {
      return text.startsWith("#") ? text.indexOf(' ') : text.indexOf(' ') + 1;
    }
    boolean alone = (at == 0 || lines.get(at - 1).blank()) && lines.get(at + 1).blank();
    if (alone && isKnown(text)) {
      return PLAIN_LEVEL;
    }
    if (!isPlain(text)) {
      return 0;
    }
    if (line.start() == 0 && passage.source().span().start() == 0 && alone) {
      return 1;
    }
    // "Phone: 12345" tells something; so may any line before text that is not set off from it.
    boolean heads = alone && text.indexOf(": ") < 0 && !isPlain(nextText(at));
    return heads || labels(at) ? PLAIN_LEVEL : 0;
  }

  private static boolean isPlain(String text) {
    return text.length() <= HEADING_CHARS_MAX
        && WORD.matcher(text).matches()
        && (!ENDED.matcher(text).matches() || DATED.matcher(text).matches())
        && !LIST_ITEM.matcher(text).matches()
        && text.indexOf('|') < 0;
  }

  /// The next line that is not blank; empty at the end.
  private String nextText(int at) {
    for (int next = at + 1; next < lines.size(); next++) {
      if (!lines.get(next).blank()) {
        return lines.get(next).stripped();
      }
    }
    return "";
  }

  private boolean isKnown(String text) {
    Source source = passage.source();
    return text.equals(source.title())
        || passage.hits().stream().anyMatch(hit -> hit.source().headingPath().contains(text));
  }

  /// A short line over lines that are all set in, up to the next blank one.
  private boolean labels(int at) {
    Line line = lines.get(at);
    if (line.text().length() > LABEL_CHARS_MAX || (at > 0 && !lines.get(at - 1).blank())) {
      return false;
    }
    int next = at + 1;
    while (next < lines.size() && !lines.get(next).blank()) {
      if (indent(lines.get(next)) <= indent(line)) {
        return false;
      }
      next++;
    }
    return next > at + 1;
  }

  private static int indent(Line line) {
    return line.text().length() - line.text().stripLeading().length();
  }

  // Rows

  /// How many lines from here are rows of one table; 0 or 1 where there is none.
  private int rows(int at) {
    char delimiter = delimiter(lines.get(at).text());
    if (delimiter == 0) {
      return 0;
    }
    int cells = cells(lines.get(at).text(), delimiter);
    int end = at + 1;
    while (end < lines.size()
        && !lines.get(end).blank()
        && isRow(lines.get(end).text(), delimiter, cells)) {
      end++;
    }
    return end - at;
  }

  private static boolean isRow(String line, char delimiter, int cells) {
    int own = cells(line, delimiter);
    return own == cells || (delimiter == '|' && own > 0);
  }

  private static char delimiter(String line) {
    for (char delimiter : new char[] {'|', '\t', ';', ','}) {
      int cells = cells(line, delimiter);
      if (cells > 1 || (cells == 1 && (delimiter == '|' || delimiter == '\t'))) {
        return delimiter;
      }
    }
    return 0;
  }

  /// Delimiters outside quotation marks. In prose a comma or semicolon has a space behind it.
  private static int cells(String line, char delimiter) {
    int count = 0;
    boolean quoted = false;
    for (int at = 0; at < line.length(); at++) {
      char c = line.charAt(at);
      quoted ^= c == '"';
      boolean tight = at + 1 == line.length() || !Character.isWhitespace(line.charAt(at + 1));
      if (c == delimiter && !quoted && (tight || delimiter == '|' || delimiter == '\t')) {
        count++;
      }
    }
    return count;
  }

  private void table(int from, int to) {
    List<Above> head = List.of();
    int first = from;
    if (isHead(from, to)) {
      head = List.of(new Above(lines.get(from).stripped(), true, TABLE_HEAD));
      first++;
    }
    for (Line row : lines.subList(first, to)) {
      add(row, true, head);
    }
  }

  private boolean isHead(int from, int to) {
    if (DIGIT.matcher(lines.get(from).text()).matches()) {
      return false;
    }
    return lines.subList(from + 1, to).stream()
        .map(Line::text)
        .anyMatch(row -> DIGIT.matcher(row).matches() || RULE_ROW.matcher(row).matches());
  }

  private static boolean isJson(Line line) {
    String text = line.stripped();
    return !text.isEmpty()
        && (JSON.matcher(text).matches() || "{}[],".indexOf(text.charAt(0)) >= 0)
        && (text.indexOf("\":") > 0 || !WORD.matcher(text).matches());
  }

  // Units

  /// Cuts what was not a heading or a row, from where it began, into sentences.
  private void flush(int to) {
    if (pendingFrom >= 0) {
      int from = pendingFrom;
      for (Span sentence : Sentences.of(passage.text().substring(from, to))) {
        unit(sentence.shift(from), false, List.of());
      }
      pendingFrom = -1;
    }
  }

  private void add(Line line, boolean row, List<Above> head) {
    for (Span part : Sentences.whole(line.text())) {
      unit(part.shift(line.start()), row, head);
    }
  }

  private void unit(Span span, boolean row, List<Above> head) {
    if (WORD.matcher(passage.text().substring(span.start(), span.end())).matches()
        && !RULE_ROW.matcher(passage.text().substring(span.start(), span.end())).matches()) {
      units.add(new Unit(span, row, above(span, head)));
      unitsUnderHeading++;
    }
  }

  private List<Above> above(Span span, List<Above> head) {
    Source source = passage.hitOf(span).source();
    String title = source.title();
    List<Above> above = new ArrayList<>(head);
    double weight = Math.max(NEAREST_MIN, NEAREST - EACH_UNIT_LESS * unitsUnderHeading);
    for (Heading heading : headings.reversed()) {
      weight = add(above, heading.text(), true, title, weight);
    }
    for (String heading : source.headingPath().reversed()) {
      weight = add(above, heading, false, title, weight);
    }
    if (title != null) {
      above.add(new Above(title, false, TITLE));
    } else {
      above.add(new Above(name(source.filename()), false, FILENAME));
    }
    return above;
  }

  /// @return the weight of the heading above this one
  private static double add(
      List<Above> above,
      String heading,
      boolean inside,
      @org.jspecify.annotations.Nullable String title,
      double weight) {
    if (heading.equals(title) || above.size() >= ABOVE_MAX) {
      return weight;
    }
    above.add(new Above(heading, inside, weight));
    return FARTHER;
  }

  /// Words only: numbers in file names are mostly counters.
  private static String name(String filename) {
    int dot = filename.lastIndexOf('.');
    return (dot > 0 ? filename.substring(0, dot) : filename).replaceAll("[^\\p{L}\\p{M}]+", " ");
  }
}
