package engram.eval.read;

import engram.eval.JudgedQuery;
import engram.eval.ReadLimits;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// TREC's topics and judgements. Topics are the old SGML (`<top>`, `<num>`, `<title>`, no end tags)
/// or XML (`<topic number="1">`, `<title>` or `<query>`); the title is the query. Judgements are
/// `topic iteration document grade`. Topics are searched for marks, never parsed as XML: they often
/// are none, and so nothing in them is fetched or expanded.
public final class TrecFormat {
  private static final Pattern BEGIN =
      Pattern.compile("<top(?:ic)?(?:\\s[^<>]*)?>", Pattern.CASE_INSENSITIVE);
  private static final Pattern END = Pattern.compile("</top(?:ic)?>", Pattern.CASE_INSENSITIVE);
  private static final Pattern NUMBER_ATTRIBUTE =
      Pattern.compile("\\b(?:number|id)\\s*=\\s*[\"']([^\"']{1,512})[\"']");
  private static final Pattern ENTITY = Pattern.compile("&(#?[a-zA-Z0-9]{1,8});");
  private static final int TOPIC_CHARS_MAX = 100_000;

  private final FileSet files;
  private final ReadLimits limits;

  public TrecFormat(FileSet files, ReadLimits limits) {
    this.files = files;
    this.limits = limits;
  }

  public static boolean isIn(FileSet files) {
    return topics(files).isPresent();
  }

  private static Optional<String> topics(FileSet files) {
    return files.find(name -> name.contains("topics"));
  }

  public List<JudgedQuery> queries() throws IOException {
    Judgements judgements = new Judgements(limits);
    topics(topics(files).orElseThrow(), judgements);
    String qrels =
        files
            .find(name -> name.contains("qrels"))
            .orElseThrow(() -> FileSet.invalid("There are topics and no qrels."));
    judge(qrels, judgements);
    return judgements.queries(false);
  }

  private void topics(String file, Judgements judgements) throws IOException {
    try (Lines lines = files.lines(file)) {
      StringBuilder topic = null;
      long begunAt = 0;
      String head = "";
      for (String line = lines.next(); line != null; line = lines.next()) {
        Matcher begin = BEGIN.matcher(line);
        if (begin.find()) {
          if (topic != null) {
            throw lines.wrongAt(begunAt, "begins a topic that does not end");
          }
          topic = new StringBuilder();
          head = begin.group();
          begunAt = lines.number();
          line = line.substring(begin.end());
        }
        if (topic == null) {
          continue;
        }
        Matcher end = END.matcher(line);
        boolean ends = end.find();
        topic.append(ends ? line.substring(0, end.start()) : line).append('\n');
        if (topic.length() > TOPIC_CHARS_MAX) {
          throw lines.wrongAt(begunAt, "begins a topic that is too long");
        }
        if (ends) {
          judgements.query(
              number(head, topic, lines, begunAt), title(topic, lines, begunAt), lines);
          topic = null;
        }
      }
      if (topic != null) {
        throw lines.wrongAt(begunAt, "begins a topic that does not end");
      }
    }
  }

  private static String number(String head, StringBuilder topic, Lines lines, long begunAt) {
    Matcher attribute = NUMBER_ATTRIBUTE.matcher(head);
    String number =
        attribute.find()
            ? attribute.group(1)
            : element(topic, "num").replaceFirst("(?i)^number\\s*:?", "");
    if (number.isBlank()) {
      throw lines.wrongAt(begunAt, "begins a topic without a number");
    }
    return number.strip();
  }

  private static String title(StringBuilder topic, Lines lines, long begunAt) {
    for (String name : List.of("title", "query", "question", "desc", "description")) {
      String text = element(topic, name).replaceFirst("(?i)^(?:topic|description)\\s*:", "");
      if (!text.isBlank()) {
        return text.strip();
      }
    }
    throw lines.wrongAt(begunAt, "begins a topic without a title");
  }

  /// What stands after `<name>`, to the next mark; empty where there is none.
  private static String element(StringBuilder topic, String name) {
    String lower = topic.toString().toLowerCase(Locale.ROOT);
    int at = lower.indexOf("<" + name + ">");
    if (at < 0) {
      return "";
    }
    int begin = at + name.length() + 2;
    int end = lower.indexOf('<', begin);
    String text = topic.substring(begin, end < 0 ? topic.length() : end);
    return ENTITY.matcher(text).replaceAll(TrecFormat::entity).replaceAll("\\s+", " ").strip();
  }

  private static String entity(java.util.regex.MatchResult found) {
    String meant =
        switch (found.group(1)) {
          case "amp" -> "&";
          case "lt" -> "<";
          case "gt" -> ">";
          case "quot" -> "\"";
          case "apos", "#39" -> "'";
          default -> found.group();
        };
    return Matcher.quoteReplacement(meant);
  }

  private void judge(String file, Judgements judgements) throws IOException {
    try (Lines lines = files.lines(file)) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        String stripped = lines.checked(line, Lines.ROW_CHARS_MAX).strip();
        if (stripped.isEmpty() || stripped.startsWith("#")) {
          continue;
        }
        String[] cells = stripped.split("\\s+");
        if (cells.length != 4) {
          throw lines.wrong("has not the four columns topic, iteration, document, grade");
        }
        judgements.judge(cells[0], cells[2], Judgements.grade(cells[3], lines), lines);
      }
    }
  }
}
