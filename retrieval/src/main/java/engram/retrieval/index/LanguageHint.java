package engram.retrieval.index;

import engram.retrieval.Analysis;
import engram.retrieval.index.TextAnalysis.Language;
import java.util.Locale;
import java.util.Set;

/// Recognises the few languages that have a treatment of their own, by letters that only they use
/// and by their commonest words. One pass over the beginning of a text; when in doubt, `COMMON`.
///
/// A wrong answer costs little: a text carries the common form besides, and a query looks for it
/// besides.
final class LanguageHint {
  static final int CHARS_LOOKED_AT = 2_000;

  /// One letter in so many must be the language's own. Turkish running text has one in 12,
  /// Vietnamese one in 6; a foreign name in an English paragraph is well below.
  private static final int LETTERS_PER_OWN_LETTER = 50;

  private static final Set<String> GERMAN =
      Set.of(
          "der",
          "die",
          "das",
          "und",
          "ist",
          "nicht",
          "ein",
          "eine",
          "einen",
          "einem",
          "einer",
          "eines",
          "dem",
          "den",
          "des",
          "von",
          "mit",
          "auf",
          "für",
          "im",
          "wurde",
          "wurden",
          "wird",
          "sich",
          "auch",
          "wie",
          "wer",
          "wann",
          "welche",
          "welcher",
          "welches",
          "welchem",
          "wo",
          "warum",
          "war",
          "waren",
          "zu",
          "zur",
          "zum",
          "bei",
          "aus",
          "nach",
          "viele",
          "wieviele");

  /// Languages that share short words with German.
  private static final Set<String> NOT_GERMAN =
      Set.of(
          "the", "of", "and", "to", "is", "was", "what", "who", "which", "how", "in", "for", "by",
          "het", "een", "van", "niet", "dat", "op", "voor", "zijn", "og", "det", "som", "att",
          "och", "på", "les", "une", "est", "que", "el", "los", "del", "da", "do", "di");

  private LanguageHint() {}

  static Language of(String text, Analysis analysis) {
    return switch (analysis.language()) {
      case AUTO -> of(text);
      case COMMON -> Language.COMMON;
      case DE -> Language.GERMAN;
      case TR -> Language.TURKISH;
      case VI -> Language.VIETNAMESE;
      case NONE -> Language.PLAIN;
    };
  }

  static Language of(String text) {
    int end = Math.min(text.length(), CHARS_LOOKED_AT);
    int letters = 0;
    int turkish = 0;
    int vietnamese = 0;
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (Character.isLetter(c)) {
        letters++;
        if (c == 'ğ' || c == 'Ğ' || c == 'ı' || c == 'İ') {
          turkish++;
        } else if ((c >= 0x1EA0 && c <= 0x1EF9) || c == 'ơ' || c == 'ư' || c == 'Ơ' || c == 'Ư') {
          vietnamese++;
        }
      }
    }
    if (vietnamese * LETTERS_PER_OWN_LETTER > letters) {
      return Language.VIETNAMESE;
    }
    if (turkish * LETTERS_PER_OWN_LETTER > letters) {
      return Language.TURKISH;
    }
    return isGerman(text, end) ? Language.GERMAN : Language.COMMON;
  }

  private static boolean isGerman(String text, int end) {
    int german = 0;
    int other = 0;
    int start = 0;
    for (int i = 0; i <= end; i++) {
      if (i < end && Character.isLetter(text.charAt(i))) {
        continue;
      }
      // No word of the lists is longer than eight letters.
      if (i - start >= 2 && i - start <= 8) {
        String word = text.substring(start, i).toLowerCase(Locale.ROOT);
        if (GERMAN.contains(word)) {
          german++;
        } else if (NOT_GERMAN.contains(word)) {
          other++;
        }
      }
      start = i + 1;
    }
    return german >= 2 && german > 2 * other;
  }
}
