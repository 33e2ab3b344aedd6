package engram.retrieval.pack;

import engram.retrieval.Hit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Lowers hits that say the question again.
///
/// Whoever poisons a corpus without knowing its index puts the question that is to be answered
/// wrongly before the wrong answer, and so ranks first: Zou et al., "PoisonedRAG", USENIX Security
/// 2025, black-box setting. A document that answers a question rarely says all of it in one run;
/// those that do are collections of questions and answers, where the run is the best sign of all.
/// So this is off (weight 1) unless it is asked for.
///
/// @param weight what the score of such a hit is multiplied by, `[0, 1]`; 1 changes nothing
public record QuestionEcho(double weight) {
  /// Shorter questions are names or headings, which any document may say.
  private static final int LETTERS_MIN = 20;

  /// The hits, best first again.
  public List<Hit> lowered(String question, List<Hit> hits) {
    String asked = letters(question);
    if (weight == 1 || asked.length() < LETTERS_MIN) {
      return hits;
    }
    List<Hit> lowered = new ArrayList<>();
    for (Hit hit : hits) {
      lowered.add(letters(hit.text()).contains(asked) ? hit.scoring(weight * hit.score()) : hit);
    }
    lowered.sort(Comparator.comparingDouble(Hit::score).reversed());
    return lowered;
  }

  /// Case, blanks and punctuation do not hide an echo.
  private static String letters(String text) {
    StringBuilder letters = new StringBuilder();
    text.toLowerCase(Locale.ROOT)
        .codePoints()
        .filter(Character::isLetterOrDigit)
        .forEach(letters::appendCodePoint);
    return letters.toString();
  }
}
