package engram.retrieval.ask;

import engram.retrieval.ask.Evidence.Sentence;
import engram.retrieval.pack.Passage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The sentences that best support an answer, and how sure it is that they do.
///
/// @param evidence the question against all sentences
/// @param quotes best first, at most `QUOTES_MAX`; empty when no sentence carries any word of the
///   question
/// @param confidence in `[0, 1]`
record Extraction(Evidence evidence, List<Sentence> quotes, double confidence) {
  static final int QUOTES_MAX = 3;

  /// A further sentence is quoted while it is this likely against the best one.
  static final double QUOTE_RATIO = 0.4;

  /// What a heading carries for the sentences near it counts as if they said it; what a title
  /// carries for all of a document does not. Set by hand, as the weights of headings are.
  private static final double AS_MUCH = 0.8;

  /// @param passages best first
  static Extraction of(Question question, List<Passage> passages, Weights weights) {
    Evidence evidence = new Evidence(question, passages);
    Features features = new Features(evidence);
    double[] likelihood = weights.likelihood(features.sentences());
    List<Sentence> ranked = new ArrayList<>(evidence.sentences());
    ranked.sort(
        Comparator.comparingDouble((Sentence sentence) -> likelihood[sentence.position()])
            .reversed());
    if (ranked.isEmpty() || evidence.coverage(ranked.getFirst().match()) == 0) {
      return new Extraction(evidence, List.of(), 0);
    }
    Sentence best = ranked.getFirst();
    double top = likelihood[best.position()];
    List<Sentence> likely =
        ranked.stream()
            .limit(QUOTES_MAX)
            .filter(sentence -> likelihood[sentence.position()] >= QUOTE_RATIO * top)
            .toList();
    List<Sentence> quotes =
        likely.stream()
            .filter(row ->
                !row.row() || likely.stream().noneMatch(other -> replaces(features, other, row)))
            .toList();
    double confidence = weights.confidence(features.answer(best, top));
    return new Extraction(evidence, quotes, confidence);
  }

  /// A row is a part of a table and says little without it. Beside a sentence that is as likely to
  /// answer it is quoted only for words of the question, or the kind of answer asked for, that the
  /// sentence and what it stands under do not have: else it is there because it repeats the
  /// question.
  private static boolean replaces(Features features, Sentence sentence, Sentence row) {
    if (sentence.row() || (features.isOfKindAsked(row) && !features.isOfKindAsked(sentence))) {
      return false;
    }
    for (int term = 0; term < row.match().length; term++) {
      if (sentence.match()[term] < AS_MUCH * row.match()[term]) {
        return false;
      }
    }
    return true;
  }
}
