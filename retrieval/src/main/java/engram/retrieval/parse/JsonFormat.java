package engram.retrieval.parse;

import java.io.IOException;

/// JSON and JSON lines: the decoded file itself, cut into blocks at the commas and line ends
/// between values. Broken JSON is cut the same way, as far as its brackets carry.
final class JsonFormat implements FormatParser {
  private static final int BLOCK_CHARS_MAX = 1_500;
  private static final int DEPTH_MAX = 200;

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    String text = TextDecoder.decode(source, out, nested);
    int base = out.source(text);
    blocks(text, base, out);
    if (out.isFull()) {
      throw new ExtractionBuilder.Full();
    }
  }

  /// Cuts at the shallowest separator that keeps a block under the limit: one pass that remembers,
  /// for each depth, where the last separator was.
  private static void blocks(String text, int base, ExtractionBuilder out) {
    int[] cutAt = new int[DEPTH_MAX];
    int start = 0;
    int depth = 0;
    boolean inString = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inString) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          inString = false;
        }
      } else if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        depth++;
      } else if (c == '}' || c == ']') {
        depth = Math.max(0, depth - 1);
      } else if (c == ',' || (c == '\n' && depth == 0)) {
        cutAt[Math.min(depth, DEPTH_MAX - 1)] = i + 1;
        if (depth == 0 || (depth == 1 && i + 1 - start > BLOCK_CHARS_MAX / 3)) {
          start = mark(text, start, i + 1, base, out);
        }
      }
      if (i + 1 - start > BLOCK_CHARS_MAX) {
        int cut = shallowest(cutAt, start);
        if (cut > start) {
          start = mark(text, start, cut, base, out);
        }
      }
    }
    mark(text, start, text.length(), base, out);
  }

  private static int mark(String text, int start, int end, int base, ExtractionBuilder out) {
    out.span(Block.Kind.CODE, 0, base + start, base + end);
    return end;
  }

  private static int shallowest(int[] cutAt, int start) {
    for (int cut : cutAt) {
      if (cut > start) {
        return cut;
      }
    }
    return start;
  }
}
