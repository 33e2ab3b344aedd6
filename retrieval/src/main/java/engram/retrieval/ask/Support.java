package engram.retrieval.ask;

import engram.retrieval.Span;
import engram.retrieval.ask.Evidence.Sentence;
import engram.retrieval.ask.Terms.Term;
import engram.retrieval.pack.Passage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Checks whether a passage carries what a sentence of an answer says.
///
/// Words only: most of the sentence's content words must stand in one sentence of the passage or
/// its neighbours, and every number and every name must stand in the passage. So it sees an
/// invented figure or name, and does not see a wrong verb or a lost *not*. Between two languages
/// only numbers and names can be compared, and there must be at least one.
final class Support {
  static final double COVERAGE_MIN = 0.5;

  /// For passages that the model did not name: it has to be clear that the claim comes from there.
  private static final double COVERAGE_MIN_UNNAMED = 0.75;

  private Support() {}

  /// @param named whether the model cited this passage for the claim
  /// @return the sentence of the passage that carries the claim best, as a span of its text; null
  ///   if none does
  static @Nullable Span of(String claim, Passage passage, boolean named) {
    Question said = Question.of(claim);
    Evidence evidence = new Evidence(said, List.of(passage));
    Sentence best = null;
    double bestCoverage = 0;
    for (Sentence sentence : evidence.sentences()) {
      double coverage = share(sentence.match());
      if (coverage > bestCoverage) {
        best = sentence;
        bestCoverage = coverage;
      }
    }
    if (best == null || !anchored(said, evidence.passageMatch(0))) {
      return null;
    }
    double[] window = window(evidence, best);
    boolean otherLanguage = named && otherLanguage(said, passage);
    boolean carried =
        otherLanguage
            ? said.content().stream().anyMatch(said::names)
            : share(window) >= (named ? COVERAGE_MIN : COVERAGE_MIN_UNNAMED);
    return carried ? best.span() : null;
  }

  /// How far passages together carry a claim: the share of its content words that stand in the best
  /// sentence of each and the sentences beside it; 0 where a number or name is in none of them.
  static double score(String claim, List<Passage> passages) {
    Question said = Question.of(claim);
    double[] all = new double[said.content().size()];
    double[] anchors = all;
    for (Passage passage : passages) {
      Evidence evidence = new Evidence(said, List.of(passage));
      Sentence best = null;
      for (Sentence sentence : evidence.sentences()) {
        best = best == null || share(sentence.match()) > share(best.match()) ? sentence : best;
      }
      if (best != null) {
        all = Evidence.max(all, window(evidence, best));
        anchors = Evidence.max(anchors, evidence.passageMatch(0));
      }
    }
    return anchored(said, anchors) ? share(all) : 0;
  }

  private static double[] window(Evidence evidence, Sentence best) {
    return Evidence.max(
        Evidence.max(best.match(), evidence.neighbour(best, -1)), evidence.neighbour(best, 1));
  }

  /// Whether the passage has every number and name of the claim.
  private static boolean anchored(Question said, double[] match) {
    for (int term = 0; term < match.length; term++) {
      Term word = said.content().get(term);
      if (match[term] == 0 && said.names(word)) {
        return false;
      }
    }
    return true;
  }

  private static boolean otherLanguage(Question said, Passage passage) {
    String claimed = said.lexicon().language();
    String source = Lexicon.of(Terms.of(passage.text())).language();
    return !claimed.isEmpty() && !source.isEmpty() && !claimed.equals(source);
  }

  /// Each word counts the same: rarity among the sentences of one passage tells little.
  private static double share(double[] match) {
    double sum = 0;
    for (double each : match) {
      sum += each;
    }
    return match.length == 0 ? 0 : sum / match.length;
  }
}
