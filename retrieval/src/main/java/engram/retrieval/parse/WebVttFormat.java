package engram.retrieval.parse;

import java.io.IOException;

/// WebVTT captions: the decoded file itself; each cue and each note is a paragraph, without its
/// timing line.
final class WebVttFormat implements FormatParser {
  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    String text = TextDecoder.decode(source, out, nested);
    int base = out.source(text);
    LineScanner lines = new LineScanner(text);
    int start = -1;
    boolean skipping = false;
    while (lines.advance()) {
      String line = lines.line();
      if (line.isBlank()) {
        mark(out, base, start, lines.start());
        start = -1;
        skipping = false;
      } else if (line.contains("-->")) {
        start = lines.end();
      } else if (line.equals("STYLE") || line.equals("REGION") || line.startsWith("WEBVTT")) {
        skipping = true;
      } else if (start < 0 && !skipping) {
        start = lines.start();
      }
    }
    mark(out, base, start, text.length());
    if (out.isFull()) {
      throw new ExtractionBuilder.Full();
    }
  }

  private static void mark(ExtractionBuilder out, int base, int start, int end) {
    if (start >= 0) {
      out.span(Block.Kind.PARAGRAPH, 0, base + start, base + end);
    }
  }
}
