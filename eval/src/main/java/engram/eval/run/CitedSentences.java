package engram.eval.run;

import engram.retrieval.Answer;
import engram.retrieval.CitationQuality.Statement;
import engram.retrieval.Span;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// An answer's sentences, each with the quotes that it cites: the statements of
/// [engram.retrieval.CitationQuality]. Sentences are the JDK's, so that what is measured is not cut
/// as the answerer cuts.
final class CitedSentences {
  private CitedSentences() {}

  static List<Statement> of(Answer answer) {
    String text = answer.text();
    BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
    sentences.setText(text);
    List<Statement> statements = new ArrayList<>();
    int start = sentences.first();
    for (int end = sentences.next(); end != BreakIterator.DONE; end = sentences.next()) {
      String said = text.substring(start, end).strip();
      if (said.codePoints().anyMatch(Character::isLetterOrDigit)) {
        statements.add(new Statement(said, cited(answer, start, end)));
      }
      start = end;
    }
    return statements;
  }

  private static List<String> cited(Answer answer, int start, int end) {
    List<String> cited = new ArrayList<>();
    for (Answer.Citation citation : answer.citations()) {
      Span claim = citation.answerSpan();
      if (claim.start() < end && claim.end() > start) {
        cited.add(citation.quote());
      }
    }
    return cited;
  }
}
