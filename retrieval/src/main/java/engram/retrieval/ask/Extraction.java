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
    List<Sentence> quotes =
        ranked.stream()
            .limit(QUOTES_MAX)
            .filter(sentence -> likelihood[sentence.position()] >= QUOTE_RATIO * top)
            .toList();
    double confidence = weights.confidence(features.answer(best, top));
    return new Extraction(evidence, quotes, confidence);
  }
}
