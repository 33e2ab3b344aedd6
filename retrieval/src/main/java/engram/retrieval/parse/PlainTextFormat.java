package engram.retrieval.parse;

import java.io.IOException;

/// Plain text: the decoded file itself; paragraphs end at blank lines.
final class PlainTextFormat implements FormatParser {
  /// Beyond this a run of lines without a blank one is cut at a line end, so that no block grows
  /// with the file.
  private static final int PARAGRAPH_CHARS_MAX = 20_000;

  private static final int PARAGRAPH_CHARS_MIN = 2_000;

  /// One line in so many ends a long paragraph. Which one depends on its own words only, so an edit
  /// does not move the cuts behind it.
  private static final int CUT_EVERY_LINES = 32;

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    String text = TextDecoder.decode(source, out, nested);
    int base = out.source(text);
    paragraphs(text, 0, text.length(), base, out);
    if (out.isFull()) {
      throw new ExtractionBuilder.Full();
    }
  }

  private static boolean isCut(String text, int start, int lineStart, int lineEnd) {
    if (lineEnd - start > PARAGRAPH_CHARS_MAX) {
      return true;
    }
    if (lineEnd - start < PARAGRAPH_CHARS_MIN) {
      return false;
    }
    int hash = text.substring(lineStart, lineEnd).hashCode() * 0x9e3779b9;
    return (hash >>> 16) % CUT_EVERY_LINES == 0;
  }

  /// Marks the paragraphs of `text` in `[from, to)`.
  static void paragraphs(String text, int from, int to, int base, ExtractionBuilder out) {
    int start = -1;
    int lineStart = from;
    while (lineStart < to) {
      int newline = text.indexOf('\n', lineStart);
      int lineEnd = newline < 0 || newline >= to ? to : newline + 1;
      boolean blank = text.substring(lineStart, lineEnd).isBlank();
      if (!blank && start < 0) {
        start = lineStart;
      }
      if (start >= 0 && (blank || isCut(text, start, lineStart, lineEnd))) {
        out.span(Block.Kind.PARAGRAPH, 0, base + start, base + (blank ? lineStart : lineEnd));
        start = -1;
      }
      lineStart = lineEnd;
    }
    if (start >= 0) {
      out.span(Block.Kind.PARAGRAPH, 0, base + start, base + to);
    }
  }
}
