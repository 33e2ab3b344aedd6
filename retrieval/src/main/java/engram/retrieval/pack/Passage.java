package engram.retrieval.pack;

import engram.retrieval.Hit;
import engram.retrieval.Source;
import engram.retrieval.Span;
import java.util.List;
import java.util.Map;

/// A stretch of one version of one document, as it is shown: one hit, or several that overlap.
///
/// @param source its span covers exactly `text`
/// @param tokens of what is shown of it
/// @param score of its best hit
/// @param hits what it was made of, by where they start; at least one
/// @param duplicates hits of other places that say the same as one of `hits`
public record Passage(
    Source source, String text, int tokens, double score, List<Hit> hits, List<Hit> duplicates) {
  public Passage {
    hits = List.copyOf(hits);
    duplicates = List.copyOf(duplicates);
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

  /// One that nothing else repeats.
  public Passage(Source source, String text, int tokens, double score, List<Hit> hits) {
    this(source, text, tokens, score, hits, List.of());
  }

  Passage costing(int shownTokens) {
    return new Passage(source, text, shownTokens, score, hits, duplicates);
  }

  /// @param known the duplicates of each hit
  Passage with(Map<Hit, List<Hit>> known) {
    List<Hit> own =
        hits.stream().flatMap(hit -> known.getOrDefault(hit, List.of()).stream()).toList();
    return new Passage(source, text, tokens, score, hits, own);
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
