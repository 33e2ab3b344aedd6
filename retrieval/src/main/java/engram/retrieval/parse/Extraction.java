package engram.retrieval.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a parser got out of a file.
///
/// `text` holds no NUL and no unpaired surrogate. For formats that are text already (plain text,
/// Markdown, source code, CSV, JSON, AsciiDoc, WebVTT) it is the decoded file itself, so a span of
/// it is a span of the file, line ends included; for all others it is rendered, lines end in `\n`.
///
/// @param title the title that the document states, if it states one
/// @param mediaType the detected media type, without parameters
/// @param language BCP-47 tag of the main language, if it could be told
/// @param pageCount 0 where the format has no pages
/// @param warnings what was left out or repaired, in words for the person who uploaded the file
/// @param blocks in text order, not overlapping
public record Extraction(
    String text,
    @Nullable String title,
    String mediaType,
    @Nullable String language,
    int pageCount,
    List<String> warnings,
    List<Block> blocks) {
  public Extraction {
    warnings = List.copyOf(warnings);
    blocks = List.copyOf(blocks);
    int at = 0;
    for (Block block : blocks) {
      if (block.start() < at || block.end() > text.length()) {
        throw new IllegalArgumentException(
            "block [%d, %d) after %d in a text of %d"
                .formatted(block.start(), block.end(), at, text.length()));
      }
      at = block.end();
    }
  }
}
