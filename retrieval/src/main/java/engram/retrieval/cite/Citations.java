package engram.retrieval.cite;

import engram.retrieval.Access;
import engram.retrieval.Answer.Citation;
import engram.retrieval.Hit;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.pack.Passage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/// Makes citations of parts of passages.
///
/// @param narrow gets a source whose span was narrowed to the quote, and may narrow its pages and
///   boxes too where the document's layout is at hand, as [Layout#narrowed] does; it must leave the
///   span as it is
public record Citations(BiFunction<Access, Source, Source> narrow) {
  /// For documents without layout: a quote stands on the pages of the chunk that holds it.
  public static Citations withoutLayout() {
    return new Citations((access, source) -> source);
  }

  /// @param access of whoever asked
  /// @param part what is quoted, a span of the passage's text
  /// @param answerSpan the claim that it supports, a span of the answer's text
  public Citation cite(Access access, Passage passage, Span part, Span answerSpan) {
    Hit hit = passage.hitOf(part);
    Span span = part.shift(passage.source().span().start());
    boolean inOneChunk =
        hit.source().span().start() <= span.start() && span.end() <= hit.source().span().end();
    Source around = inOneChunk ? hit.source() : passage.source();
    Source source = narrow.apply(access, narrowed(around, span));
    if (!source.span().equals(span)) {
      throw new IllegalStateException("narrowing a source moved its span");
    }
    String quote = passage.text().substring(part.start(), part.end());
    return new Citation(
        answerSpan, source, hit.chunkId(), quote, alsoIn(access, passage, quote), hit.flags());
  }

  /// Where else the quote stands. A near duplicate that does not hold it to the letter is not
  /// named: who looks it up must find it.
  private List<Source> alsoIn(Access access, Passage passage, String quote) {
    List<Source> places = new ArrayList<>();
    for (Hit duplicate : passage.duplicates()) {
      int at = duplicate.text().indexOf(quote);
      if (at >= 0) {
        Span span = new Span(at, at + quote.length()).shift(duplicate.source().span().start());
        places.add(narrow.apply(access, narrowed(duplicate.source(), span)));
      }
    }
    return places;
  }

  private static Source narrowed(Source source, Span span) {
    return new Source(
        source.collectionId(),
        source.fileId(),
        source.filename(),
        source.version(),
        source.title(),
        source.headingPath(),
        source.pageFrom(),
        source.pageTo(),
        source.boxes(),
        span);
  }
}
