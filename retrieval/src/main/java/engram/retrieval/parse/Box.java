package engram.retrieval.parse;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/// Where one line of text stands on a page, and which span of the text it is. In JSON an array.
///
/// @param page 1-based
/// @param x left edge in PDF points from the left of the page as displayed
/// @param y top edge in PDF points from the top of the page as displayed
/// @param start first UTF-16 unit of the line in the text
/// @param end one past its last unit
@JsonFormat(shape = JsonFormat.Shape.ARRAY)
@JsonPropertyOrder({"page", "x", "y", "width", "height", "start", "end"})
public record Box(int page, float x, float y, float width, float height, int start, int end) {
  public Box {
    if (page < 1) {
      throw new IllegalArgumentException("page " + page + " < 1");
    }
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("span [" + start + ", " + end + ")");
    }
  }
}
