package engram.retrieval;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a chunking makes of a file.
///
/// @param title that the document states, if it does
/// @param pageCount 0 where the format has no pages
/// @param warnings what was left out or repaired
/// @param chunks all of them, in text order
public record ChunkPreview(
    @Nullable String title,
    String mediaType,
    @Nullable String language,
    int pageCount,
    List<String> warnings,
    Totals totals,
    List<Chunk> chunks) {

  /// @param count of chunks
  /// @param tokens of all chunks, those of overlaps counted twice
  public record Totals(int count, long tokens, int tokensMin, int tokensMedian, int tokensMax) {}

  /// @param span in the file's extracted text
  /// @param context what is indexed with the text and is no part of it; may be empty
  /// @param kind `text`, `table` or `code`
  /// @param parent the span that stands for the chunk where a reader wants more
  public record Chunk(
      Span span,
      int pageFrom,
      int pageTo,
      List<String> headingPath,
      String context,
      int tokens,
      String kind,
      Span parent,
      String text) {}
}
