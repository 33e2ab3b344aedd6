package engram.retrieval;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A chunk with a score.
///
/// @param context what is indexed and shown with the text and is no part of it, so never quoted:
///   the header of its table, the class around its code, what a model wrote; may be empty
/// @param score in `[0, 1]`, grows with quality
/// @param highlights what matched, as spans of `text`
/// @param explanation only when it was asked for; its value is `score`
/// @param flags what its reader should know of its text; empty too where nobody looked: answers
///   look, and searches that were asked to
public record Hit(
    long chunkId,
    long documentId,
    Source source,
    String text,
    String context,
    int tokens,
    Map<String, Object> attributes,
    double score,
    List<Span> highlights,
    @Nullable Explanation explanation,
    List<Flag> flags) {
  public Hit {
    flags = List.copyOf(flags);
  }

  /// One that nobody has looked at.
  public Hit(
      long chunkId,
      long documentId,
      Source source,
      String text,
      String context,
      int tokens,
      Map<String, Object> attributes,
      double score,
      List<Span> highlights,
      @Nullable Explanation explanation) {
    this(
        chunkId,
        documentId,
        source,
        text,
        context,
        tokens,
        attributes,
        score,
        highlights,
        explanation,
        List.of());
  }

  /// Without a context besides.
  public Hit(
      long chunkId,
      long documentId,
      Source source,
      String text,
      int tokens,
      Map<String, Object> attributes,
      double score,
      List<Span> highlights,
      @Nullable Explanation explanation) {
    this(chunkId, documentId, source, text, "", tokens, attributes, score, highlights, explanation);
  }

  /// The same with another score.
  public Hit scoring(double other) {
    return scoring(other, explanation);
  }

  public Hit scoring(double other, @Nullable Explanation why) {
    return new Hit(
        chunkId,
        documentId,
        source,
        text,
        context,
        tokens,
        attributes,
        other,
        highlights,
        why,
        flags);
  }

  /// The parent in place of the chunk, found by it and as good.
  public Hit within(Surroundings.Parent parent) {
    return new Hit(
        chunkId,
        documentId,
        parent.source(),
        parent.text(),
        context,
        tokens,
        attributes,
        score,
        List.of(),
        explanation,
        flags);
  }

  public Hit flagged(List<Flag> seen) {
    return new Hit(
        chunkId,
        documentId,
        source,
        text,
        context,
        tokens,
        attributes,
        score,
        highlights,
        explanation,
        seen);
  }
}
