package engram.retrieval.ask;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.Answer.Citation;
import engram.retrieval.Answer.Context;
import engram.retrieval.Answer.FinishReason;
import engram.retrieval.Answer.Usage;
import engram.retrieval.SearchPage;
import engram.retrieval.Span;
import engram.retrieval.ask.Evidence.Sentence;
import engram.retrieval.cite.Citations;
import engram.retrieval.pack.Passage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Answers by quoting.
///
/// @param confidenceMin below it the documents are said not to answer
record ExtractiveAnswers(Citations citations, double confidenceMin) {
  private static final Usage NO_TOKENS = new Usage(0, 0);

  /// @param passages best first
  Answer answer(
      Access access, Question question, List<Passage> passages, SearchPage page, Context context) {
    Extraction extraction = Extraction.of(question, passages, Weights.FITTED);
    if (extraction.quotes().isEmpty() || extraction.confidence() < confidenceMin) {
      return Refusal.of(
          question,
          extraction.evidence(),
          extraction.confidence(),
          page,
          context,
          NO_TOKENS,
          FinishReason.STOP);
    }
    StringBuilder text = new StringBuilder();
    List<Citation> cited = new ArrayList<>();
    for (Sentence quote : inReadingOrder(extraction.quotes())) {
      Passage passage = passages.get(quote.passage());
      text.append(text.isEmpty() ? "" : " ");
      Span answerSpan = new Span(0, quote.span().length()).shift(text.length());
      text.append(passage.text(), quote.span().start(), quote.span().end());
      cited.add(citations.cite(access, passage, quote.span(), answerSpan));
    }
    return new Answer.Extractive(
        text.toString(), cited, extraction.confidence(), page, context, NO_TOKENS);
  }

  /// The passage of the best quote first; within a passage as it reads.
  private static List<Sentence> inReadingOrder(List<Sentence> quotes) {
    List<Integer> passages = quotes.stream().map(Sentence::passage).distinct().toList();
    return quotes.stream()
        .sorted(
            Comparator.comparingInt((Sentence quote) -> passages.indexOf(quote.passage()))
                .thenComparingInt(Sentence::index))
        .toList();
  }
}
