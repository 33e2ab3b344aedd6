package engram.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.retrieval.Answer;
import engram.retrieval.Box;
import engram.retrieval.Flag;
import engram.retrieval.Hit;
import engram.retrieval.SearchPage;
import engram.retrieval.Span;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an answer stands on: the namespaced field `engram` of chat and responses, and the body of
/// `/api/ask`.
///
/// @param outcome `generated`, `extractive` or `unsupported`
/// @param model that wrote the answer
/// @param unsupported spans of the answer that no passage carries
/// @param dropped sentences that were left out because no passage carries them
/// @param missing terms that were looked for and not found
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Grounding(
    String outcome,
    @Nullable String model,
    List<CitationView> citations,
    List<PassageView> passages,
    List<String> notes,
    @Nullable List<Span> unsupported,
    @Nullable Integer dropped,
    @Nullable List<String> missing,
    @Nullable Double confidence) {

  /// @param span in the source's text; covers exactly `quote`
  /// @param flags of the chunk that is quoted
  public record CitationView(
      Span answerSpan,
      String collectionId,
      String fileId,
      String filename,
      int version,
      int pageFrom,
      int pageTo,
      List<Box> boxes,
      Span span,
      String quote,
      List<String> headingPath,
      long chunkId,
      List<Flag> flags) {
    static CitationView of(Answer.Citation citation) {
      var source = citation.source();
      return new CitationView(
          citation.answerSpan(),
          source.collectionId(),
          source.fileId(),
          source.filename(),
          source.version(),
          source.pageFrom(),
          source.pageTo(),
          source.boxes(),
          source.span(),
          citation.quote(),
          source.headingPath(),
          citation.chunkId(),
          citation.flags());
    }
  }

  public record PassageView(
      long chunkId,
      String collectionId,
      String fileId,
      String filename,
      int version,
      Span span,
      int pageFrom,
      int pageTo,
      List<String> headingPath,
      double score,
      String text,
      Map<String, Object> attributes,
      List<Flag> flags) {
    public static PassageView of(Hit hit) {
      var source = hit.source();
      return new PassageView(
          hit.chunkId(),
          source.collectionId(),
          source.fileId(),
          source.filename(),
          source.version(),
          source.span(),
          source.pageFrom(),
          source.pageTo(),
          source.headingPath(),
          hit.score(),
          hit.text(),
          hit.attributes(),
          hit.flags());
    }
  }

  public static Grounding of(Answer answer) {
    return switch (answer) {
      case Answer.Generated generated ->
          of(
              "generated",
              generated.model(),
              answer,
              generated.unsupported(),
              generated.dropped(),
              null,
              null);
      case Answer.Extractive extractive ->
          of("extractive", null, answer, null, null, null, extractive.confidence());
      case Answer.Unsupported unsupported ->
          of(
              "unsupported",
              null,
              answer,
              null,
              null,
              unsupported.missing(),
              unsupported.confidence());
    };
  }

  private static Grounding of(
      String outcome,
      @Nullable String model,
      Answer answer,
      @Nullable List<Span> unsupported,
      @Nullable Integer dropped,
      @Nullable List<String> missing,
      @Nullable Double confidence) {
    SearchPage found = answer.passages();
    return new Grounding(
        outcome,
        model,
        answer.citations().stream().map(CitationView::of).toList(),
        found.hits().stream().map(PassageView::of).toList(),
        found.notes(),
        unsupported,
        dropped,
        missing,
        confidence);
  }
}
