package engram.retrieval;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where a piece of text stands: enough to find it again, to the character.
///
/// @param span in the extracted text of that version of the file
/// @param pageFrom from 1; 0 where the format has no pages
/// @param boxes where it stands on its pages, for PDF
public record Source(
    String collectionId,
    String fileId,
    String filename,
    int version,
    @Nullable String title,
    List<String> headingPath,
    int pageFrom,
    int pageTo,
    List<Box> boxes,
    Span span) {
  public Source {
    headingPath = List.copyOf(headingPath);
    boxes = List.copyOf(boxes);
  }
}
