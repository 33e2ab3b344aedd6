package engram.retrieval.chunk;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;

/// Windows of `maxTokens` tokens, of which `overlapTokens` repeat the one before, whatever the text
/// says and wherever its sentences end: the baseline that every other chunker is compared with. A
/// window ends between words where there are any.
public record TokenWindows(int maxTokens, int overlapTokens) implements Chunker {
  @Override
  public List<Chunk> chunk(Extraction extraction) {
    List<Block> blocks =
        extraction.blocks().stream().filter(block -> block.start() < block.end()).toList();
    if (blocks.isEmpty()) {
      return List.of();
    }
    Span all = new Span(blocks.getFirst().start(), blocks.getLast().end());
    return ChunkBuilder.build(
        extraction, spans(extraction.text(), all).stream().map(Cut::new).toList(), maxTokens);
  }

  List<Span> spans(String text, Span all) {
    List<Span> spans = new ArrayList<>();
    int start = blanksEnd(text, all.start(), all.end());
    int covered = start;
    while (start < all.end()) {
      int end = windowEnd(text, start, covered, all.end());
      if (end <= covered && start < covered) {
        // The overlap alone fills a window.
        start = blanksEnd(text, covered, all.end());
        continue;
      }
      spans.add(trimmed(text, start, end));
      covered = end;
      if (blanksEnd(text, end, all.end()) == all.end()) {
        break;
      }
      start = blanksEnd(text, overlapTokens == 0 ? end : overlapStart(text, start, end), all.end());
    }
    return spans;
  }

  private int windowEnd(String text, int start, int covered, int limit) {
    int end = Tokens.end(text, start, limit, maxTokens);
    return end == limit
        ? end
        : betweenWords(text, Math.max(covered, start + (end - start) / 2), end);
  }

  /// The last gap between words in `(from, end]`, else `end`.
  private static int betweenWords(String text, int from, int end) {
    for (int i = end; i > from; i--) {
      if (Character.isWhitespace(text.charAt(i)) || Character.isWhitespace(text.charAt(i - 1))) {
        return i;
      }
    }
    return end;
  }

  /// After the first gap between words behind which at most `overlapTokens` stand; between
  /// characters where there is no gap.
  private int overlapStart(String text, int start, int end) {
    int keep = Tokens.count(text.substring(start, end)) - overlapTokens;
    int from = keep < 1 ? start + 1 : Tokens.end(text, start, end, keep);
    for (int i = from; i < end; i++) {
      if (Character.isWhitespace(text.charAt(i))) {
        return i;
      }
    }
    return from < end && Character.isLowSurrogate(text.charAt(from)) ? from + 1 : from;
  }

  private static int blanksEnd(String text, int from, int to) {
    int at = from;
    while (at < to && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static Span trimmed(String text, int start, int end) {
    int to = end;
    while (to - 1 > start && Character.isWhitespace(text.charAt(to - 1))) {
      to--;
    }
    return new Span(start, to);
  }
}
