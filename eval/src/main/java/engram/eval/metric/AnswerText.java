package engram.eval.metric;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Whether a text carries an expected answer: the words of the answer stand in it, in order and
/// next to each other. Case, punctuation, English articles and white space do not count, as in the
/// evaluation of SQuAD (Rajpurkar et al., EMNLP 2016); compatible forms of letters are one.
public final class AnswerText {
  private static final Pattern NOT_WORD = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");
  private static final Pattern ARTICLE = Pattern.compile("(?<= )(?:a|an|the) ");

  private AnswerText() {}

  /// @param answers one of which is enough; those without a letter or digit match nothing
  public static boolean carries(String text, List<String> answers) {
    String words = words(text);
    return answers.stream()
        .map(AnswerText::words)
        .anyMatch(answer -> !answer.isBlank() && contains(words, answer));
  }

  /// Languages without blanks between words have no word limits to hold to.
  private static boolean contains(String words, String answer) {
    return answer.strip().codePoints().anyMatch(AnswerText::isUnspaced)
        ? words.contains(answer.strip())
        : words.contains(answer);
  }

  private static boolean isUnspaced(int codePoint) {
    return switch (Character.UnicodeScript.of(codePoint)) {
      case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> true;
      default -> false;
    };
  }

  /// Words with one blank before, between and after them.
  private static String words(String text) {
    String lower = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    String spaced = " " + NOT_WORD.matcher(lower).replaceAll(" ").strip() + " ";
    return ARTICLE.matcher(spaced).replaceAll("");
  }
}
