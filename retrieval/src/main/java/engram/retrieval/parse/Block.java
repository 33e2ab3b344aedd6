package engram.retrieval.parse;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;

/// A piece of structure: a half-open span `[start, end)` of the text, in UTF-16 units. Blocks do
/// not overlap and stand in text order; text between them is separators only. In JSON an array.
///
/// @param level what it counts depends on the kind, see [Kind]; 0 where it means nothing
/// @param page 1-based page on which the block begins, 0 where the format has no pages
/// @param boxes one per line, or per cell of a table, in text order; empty where the format has no
///   positions
@JsonFormat(shape = JsonFormat.Shape.ARRAY)
@JsonPropertyOrder({"kind", "level", "start", "end", "page", "boxes"})
public record Block(Kind kind, int level, int start, int end, int page, List<Box> boxes) {
  /// What a block is. Names are stored: add at the end, never rename.
  public enum Kind {
    /// The document's own title where it stands in the text.
    TITLE,
    /// `level` is its depth, 1 for the topmost.
    HEADING,
    PARAGRAPH,
    /// `level` is its nesting depth, 1 for the outermost.
    LIST_ITEM,
    /// A whole table, one row per line; `level` is the number of header rows, 0 if none is known.
    TABLE,
    /// Source code or other text whose line breaks and indentation carry meaning.
    CODE,
    /// The name of an attachment or archive entry; what follows came from it. `level` is its
    /// nesting depth, 1 for an entry of the file itself.
    ATTACHMENT
  }

  public Block {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("span [" + start + ", " + end + ")");
    }
    if (level < 0 || page < 0) {
      throw new IllegalArgumentException("level " + level + " or page " + page + " < 0");
    }
    boxes = List.copyOf(boxes);
  }
}
