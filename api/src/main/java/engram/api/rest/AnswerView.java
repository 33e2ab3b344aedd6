package engram.api.rest;

import engram.retrieval.Answer;
import engram.retrieval.Hit;
import engram.retrieval.Span;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An answer, whole.
///
/// @param outcome `generated`, `extractive` or `unsupported`
/// @param finishReason why the model stopped: `stop`, or `length` and `content_filter` where the
///   answer was cut short
/// @param unsupported spans of `text` that no passage carries
/// @param dropped sentences that were left out because no passage carries them
/// @param missing terms that were looked for and not found
record AnswerView(
    String outcome,
    String text,
    String finishReason,
    @Nullable String model,
    List<Answer.Citation> citations,
    List<Span> unsupported,
    int dropped,
    List<String> missing,
    @Nullable Double confidence,
    Answer.Context context,
    List<Hit> passages,
    List<String> notes,
    Answer.Usage usage) {
  static AnswerView of(Answer answer) {
    return switch (answer) {
      case Answer.Generated it ->
          of("generated", answer, it.model(), it.unsupported(), it.dropped(), List.of(), null);
      case Answer.Extractive it ->
          of("extractive", answer, null, List.of(), 0, List.of(), it.confidence());
      case Answer.Unsupported it ->
          of("unsupported", answer, null, List.of(), 0, it.missing(), it.confidence());
    };
  }

  private static AnswerView of(
      String outcome,
      Answer answer,
      @Nullable String model,
      List<Span> unsupported,
      int dropped,
      List<String> missing,
      @Nullable Double confidence) {
    return new AnswerView(
        outcome,
        answer.text(),
        answer.finishReason().word(),
        model,
        answer.citations(),
        unsupported,
        dropped,
        missing,
        confidence,
        answer.context(),
        answer.passages().hits(),
        answer.passages().notes(),
        answer.usage());
  }
}
