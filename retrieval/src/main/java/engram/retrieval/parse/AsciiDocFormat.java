package engram.retrieval.parse;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// AsciiDoc: the decoded file itself with sections, lists, tables and delimited blocks marked.
/// Macros, attributes and includes are left as written; nothing is loaded.
final class AsciiDocFormat implements FormatParser {
  private static final Pattern HEADING = Pattern.compile("(={1,6})[ \\t]+(\\S.*)");
  private static final Pattern ITEM =
      Pattern.compile("\\s*(\\*{1,5}|-|\\.{1,5}|\\d+\\.)[ \\t]+\\S.*");
  private static final Pattern DELIMITER =
      Pattern.compile("-{4,}|\\.{4,}|={4,}|_{4,}|\\*{4,}|\\+{4,}|`{3,}\\S*");

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    String text = TextDecoder.decode(source, out, nested);
    new Scan(text, out.source(text), out).run();
    if (out.isFull()) {
      throw new ExtractionBuilder.Full();
    }
  }

  private static final class Scan {
    private final LineScanner lines;
    private final int textEnd;
    private final int base;
    private final ExtractionBuilder out;
    private int start = -1;
    private Block.Kind kind = Block.Kind.PARAGRAPH;
    private int level;

    Scan(String text, int base, ExtractionBuilder out) {
      this.lines = new LineScanner(text);
      this.textEnd = text.length();
      this.base = base;
      this.out = out;
    }

    void run() {
      while (lines.advance()) {
        line(lines.line());
      }
      flush(textEnd);
    }

    private void line(String line) {
      Matcher heading = HEADING.matcher(line);
      Matcher item = ITEM.matcher(line);
      if (line.isBlank()) {
        flush(lines.start());
      } else if (heading.matches()) {
        flush(lines.start());
        int depth = heading.group(1).length();
        if (depth == 1) {
          out.title(heading.group(2));
        }
        begin(depth == 1 ? Block.Kind.TITLE : Block.Kind.HEADING, depth == 1 ? 0 : depth - 1);
        flush(lines.end());
      } else if (line.startsWith("|===")) {
        flush(lines.start());
        delimited(Block.Kind.TABLE, 1, "|===");
      } else if (DELIMITER.matcher(line).matches()) {
        flush(lines.start());
        boolean code = line.startsWith("-") || line.startsWith(".") || line.startsWith("`");
        delimited(
            code ? Block.Kind.CODE : Block.Kind.PARAGRAPH,
            0,
            code && line.startsWith("`") ? "```" : line);
      } else if (line.startsWith("|")) {
        if (start < 0 || kind != Block.Kind.TABLE) {
          flush(lines.start());
          begin(Block.Kind.TABLE, 1);
        }
      } else if (item.matches()) {
        flush(lines.start());
        int indent = (int) line.chars().takeWhile(Character::isWhitespace).count();
        begin(Block.Kind.LIST_ITEM, Math.max(indent / 2 + 1, marks(item.group(1))));
      } else if (start < 0) {
        begin(Block.Kind.PARAGRAPH, 0);
      }
    }

    private static int marks(String marker) {
      return marker.startsWith("*") || marker.startsWith(".") ? marker.length() : 1;
    }

    private void delimited(Block.Kind delimitedKind, int delimitedLevel, String fence) {
      begin(delimitedKind, delimitedLevel);
      while (lines.advance() && !lines.line().stripTrailing().equals(fence)) {
        // Up to the closing fence, or to the end if there is none.
      }
      flush(lines.end());
    }

    private void begin(Block.Kind newKind, int newLevel) {
      start = lines.start();
      kind = newKind;
      level = newLevel;
    }

    private void flush(int end) {
      if (start >= 0) {
        out.span(kind, level, base + start, base + end);
        start = -1;
      }
    }
  }
}
