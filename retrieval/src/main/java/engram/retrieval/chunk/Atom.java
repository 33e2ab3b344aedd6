package engram.retrieval.chunk;

import engram.retrieval.parse.Block;
import java.util.List;

/// The smallest piece that packing moves as a whole: a block, or a sentence, row or line of one
/// that is too long for a chunk.
///
/// @param strength how good a place for a cut the gap before it is, see the constants
/// @param hash of its text: the same text draws the same lot wherever it stands
/// @param path headings that it stands under
record Atom(
    int start, int end, int tokens, int strength, int hash, Block.Kind kind, List<String> path) {
  /// Inside a sentence or a line: only because it alone is too long.
  static final int WITHIN = 0;

  /// Between sentences of a paragraph, rows of a table, lines of code.
  static final int PART = 1;

  /// Between list items.
  static final int ITEM = 2;

  /// Between blocks.
  static final int BLOCK = 3;

  /// Before a file inside the file.
  static final int FILE = 4;

  /// Never: a heading stays with what it heads.
  static final int GLUED = -1;
}
