package engram.retrieval.pack;

import engram.retrieval.Hit;
import engram.retrieval.Source;
import engram.retrieval.Span;
import java.util.List;

/// A stretch of one version of one document, as it is shown: one hit, or several that overlap.
///
/// @param source its span covers exactly `text`
/// @param hits what it was made of, by where they start; at least one
/// @param score of its best hit
public record Passage(Source source, String text, int tokens, double score, List<Hit> hits) {
  public Passage {
    hits = List.copyOf(hits);
    if (hits.isEmpty()) {
      throw new IllegalArgumentException("a passage is made of at least one hit");
    }
    if (source.span().length() != text.length()) {
      // A citation computed from such a hit would point at other words than it quotes.
      throw new IllegalArgumentException(
          "hit "
              + hits.getFirst().chunkId()
              + ": its text has "
              + text.length()
              + " characters, but its span has "
              + source.span().length());
    }
  }

  /// The chunk that holds most of a part of this passage.
  ///
  /// @param part a span of `text`
  public Hit hitOf(Span part) {
    Span absolute = part.shift(source.span().start());
    Hit best = hits.getFirst();
    for (Hit hit : hits) {
      if (overlap(hit.source().span(), absolute) > overlap(best.source().span(), absolute)) {
        best = hit;
      }
    }
    return best;
  }

  private static int overlap(Span a, Span b) {
    return Math.min(a.end(), b.end()) - Math.max(a.start(), b.start());
  }
}
