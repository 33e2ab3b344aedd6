package engram.retrieval.chunk;

import engram.retrieval.parse.Box;
import engram.retrieval.parse.Extraction;
import java.util.List;

/// One indexed piece of a document: the span `[start, end)` of its extracted text.
///
/// @param pageFrom 1-based page of its first line, 0 where the format has no pages
/// @param pageTo page of its last line
/// @param boxes one per line that it touches, in text order
/// @param headingPath headings above it, outermost first; of merged sections what they share
/// @param context what must be known to read it and does not stand in it: the header of its table,
///   the class around its code, the question that it goes on to answer; empty for nothing
/// @param parent a larger span around it for whoever reads it; its own where there is none
/// @param tokens as [Tokens] counts its text
public record Chunk(
    int start,
    int end,
    int pageFrom,
    int pageTo,
    List<Box> boxes,
    List<String> headingPath,
    String context,
    Span parent,
    int tokens,
    Kind kind) {
  /// What a chunk consists of. Names are stored: add at the end, never rename.
  public enum Kind {
    /// Running text, or a mixture.
    TEXT,
    /// Rows of one or more tables and nothing else.
    TABLE,
    /// Source code and nothing else.
    CODE
  }

  public Chunk {
    if (start < 0 || end <= start) {
      throw new IllegalArgumentException("span [" + start + ", " + end + ")");
    }
    if (pageFrom < 0 || pageTo < pageFrom) {
      throw new IllegalArgumentException("pages " + pageFrom + " to " + pageTo);
    }
    if (parent.start() > start || parent.end() < end) {
      throw new IllegalArgumentException(parent + " is not around [" + start + ", " + end + ")");
    }
    boxes = List.copyOf(boxes);
    headingPath = List.copyOf(headingPath);
  }

  Chunk within(Span newParent) {
    return new Chunk(
        start, end, pageFrom, pageTo, boxes, headingPath, context, newParent, tokens, kind);
  }

  /// The chunk's text.
  public String text(Extraction extraction) {
    return extraction.text().substring(start, end);
  }
}
