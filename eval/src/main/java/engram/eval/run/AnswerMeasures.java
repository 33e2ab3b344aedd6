package engram.eval.run;

import engram.eval.JudgedQuery;
import engram.eval.metric.AnswerText;
import engram.retrieval.Answer;
import engram.retrieval.CitationQuality;
import engram.retrieval.SupportChecker;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// What an answer is worth: by the judgements and the expected answers of its question, where
/// citations are judged by their documents, and by whether its citations carry what it says; see
/// [CitationQuality].
final class AnswerMeasures {
  static final String ANSWER_HIT = "answer_hit";
  static final String SENTENCE_HIT = "answer_sentence_hit";
  static final String CITATION_PRECISION = "citation_precision";
  static final String CITATION_RECALL = "citation_recall";
  static final String ANSWERED = "answered";
  static final String SENTENCES_CARRIED = "sentences_carried";
  static final String CITATIONS_NEEDED = "citations_needed";

  private AnswerMeasures() {}

  /// Only those that are defined: hits where answers are expected, citations where documents are
  /// judged relevant, and their precision where there are any; what citations carry where there is
  /// an answer.
  ///
  /// @param name the set's name of a citation's document
  /// @param checker says whether quotes carry a sentence
  static Map<String, Double> of(
      JudgedQuery query,
      Map<String, Integer> judgements,
      Answer answer,
      Function<Answer.Citation, String> name,
      SupportChecker checker) {
    Map<String, Double> measures = new LinkedHashMap<>();
    boolean answered = !(answer instanceof Answer.Unsupported);
    measures.put(ANSWERED, answered ? 1.0 : 0.0);
    if (!query.answers().isEmpty()) {
      boolean quoted =
          answer.citations().stream()
              .anyMatch(citation -> AnswerText.carries(citation.quote(), query.answers()));
      measures.put(
          ANSWER_HIT, answered && AnswerText.carries(answer.text(), query.answers()) ? 1.0 : 0.0);
      measures.put(SENTENCE_HIT, quoted ? 1.0 : 0.0);
    }
    long relevant = judgements.values().stream().filter(grade -> grade > 0).count();
    if (relevant > 0) {
      Set<String> found = new HashSet<>();
      int right = 0;
      for (Answer.Citation citation : answer.citations()) {
        String document = name.apply(citation);
        if (judgements.getOrDefault(document, 0) > 0) {
          right++;
          found.add(document);
        }
      }
      if (!answer.citations().isEmpty()) {
        measures.put(CITATION_PRECISION, (double) right / answer.citations().size());
      }
      measures.put(CITATION_RECALL, (double) found.size() / relevant);
    }
    if (answered) {
      CitationQuality quality = CitationQuality.of(CitedSentences.of(answer), checker);
      if (quality.statements() > 0) {
        measures.put(SENTENCES_CARRIED, quality.recall());
      }
      if (quality.citations() > 0) {
        measures.put(CITATIONS_NEEDED, quality.precision());
      }
    }
    return measures;
  }
}
