package engram.retrieval.chunk;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;

/// Where the rows of a table end.
final class Rows {
  private Rows() {}

  /// One past the header rows of a table; its start where there are none.
  static int headerEnd(Extraction extraction, Block block) {
    int end = block.start();
    if (block.kind() == Block.Kind.TABLE) {
      for (int row = 0; row < block.level(); row++) {
        end = Math.min(end(extraction, end, block.end()) + 1, block.end());
      }
    }
    return end;
  }

  /// Where a row's line ends, at the latest at `limit`. Cells in quotes may have line ends in them,
  /// in CSV. A quote that is never closed is none.
  static int end(Extraction extraction, int from, int limit) {
    String text = extraction.text();
    boolean quoting = extraction.mediaType().contains("csv");
    boolean quoted = false;
    for (int i = from; i < limit; i++) {
      char c = text.charAt(i);
      quoted ^= quoting && c == '"';
      if (c == '\n' && !quoted) {
        return i;
      }
    }
    int newline = text.indexOf('\n', from);
    return !quoted || newline < 0 || newline > limit ? limit : newline;
  }
}
