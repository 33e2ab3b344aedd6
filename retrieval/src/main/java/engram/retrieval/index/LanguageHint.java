package engram.retrieval.index;

import engram.retrieval.Analysis;
import engram.retrieval.index.TextAnalysis.Language;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.CharArrayMap;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.ca.CatalanAnalyzer;
import org.apache.lucene.analysis.da.DanishAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.fi.FinnishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.hu.HungarianAnalyzer;
import org.apache.lucene.analysis.it.ItalianAnalyzer;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.no.NorwegianAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.ro.RomanianAnalyzer;
import org.apache.lucene.analysis.sv.SwedishAnalyzer;
import org.apache.lucene.analysis.tr.TurkishAnalyzer;
import org.jspecify.annotations.Nullable;

/// Recognises the languages that have a treatment of their own, by letters that only they use and
/// by their commonest words. One pass over the beginning of a text; when in doubt, `COMMON`.
///
/// A wrong answer costs little: a text carries the common form besides, and a query looks for it
/// besides.
final class LanguageHint {
  static final int CHARS_LOOKED_AT = 2_000;

  /// One letter in so many must be the language's own. Turkish running text has one in 12,
  /// Vietnamese one in 6; a foreign name in an English paragraph is well below.
  private static final int LETTERS_PER_OWN_LETTER = 50;

  /// A language shows so many of its words, and more than any other.
  private static final int WORDS_MIN = 2;

  /// English lends and borrows short words ("die", "war", "in"): twice as many must be another's.
  private static final int TIMES_ENGLISH = 2;

  private static final int ENGLISH = 0;

  /// A language's commonest words.
  ///
  /// @param language what is done for it
  /// @param asking words of questions that the list lacks
  private record Known(Language language, CharArraySet words, String asking) {}

  private static final List<Known> KNOWN =
      List.of(
          new Known(Language.COMMON, FunctionWords.english(), ""),
          new Known(
              Language.GERMAN,
              GermanAnalyzer.getDefaultStopSet(),
              "wer wann wo warum welches welchem wurde wurden viele wieviele"),
          new Known(
              Language.FRENCH,
              FrenchAnalyzer.getDefaultStopSet(),
              "qui quand quel quelle quels quelles où pourquoi comment combien quoi"),
          new Known(
              Language.SPANISH,
              SpanishAnalyzer.getDefaultStopSet(),
              "quién quiénes cuándo cuál cuáles dónde qué cómo cuánto cuánta cuántos cuántas"),
          new Known(
              Language.PORTUGUESE,
              PortugueseAnalyzer.getDefaultStopSet(),
              "quem quando qual quais onde quê quanto quantos quantas porquê"),
          new Known(
              Language.ITALIAN,
              ItalianAnalyzer.getDefaultStopSet(),
              "chi quando quale quali dove perché quanto quanti quante cosa"),
          new Known(
              Language.DUTCH,
              DutchAnalyzer.getDefaultStopSet(),
              "wie wanneer welk welke waar waarom hoe hoeveel wat werd werden"),
          new Known(
              Language.ROMANIAN, RomanianAnalyzer.getDefaultStopSet(), "cine când cât câți câte"),
          new Known(
              Language.TURKISH,
              TurkishAnalyzer.getDefaultStopSet(),
              "kim kimin hangi hangisi nedir kimdir nasıl kaç nerede neden zaman"),
          // Known to be none of these.
          new Known(Language.COMMON, SwedishAnalyzer.getDefaultStopSet(), "vem vilken vad"),
          new Known(Language.COMMON, DanishAnalyzer.getDefaultStopSet(), "hvem hvilken hvad"),
          new Known(Language.COMMON, NorwegianAnalyzer.getDefaultStopSet(), "hvem hvilken hva"),
          new Known(Language.COMMON, FinnishAnalyzer.getDefaultStopSet(), ""),
          new Known(Language.COMMON, HungarianAnalyzer.getDefaultStopSet(), ""),
          new Known(Language.COMMON, CatalanAnalyzer.getDefaultStopSet(), ""));

  /// Bit `i` of a word is set if it is one of `KNOWN[i]`. Whatever the case.
  private static final CharArrayMap<Integer> LANGUAGES_OF_WORD = languagesOfWord();

  private LanguageHint() {}

  private static CharArrayMap<Integer> languagesOfWord() {
    CharArrayMap<Integer> languages = new CharArrayMap<>(3_000, true);
    for (int i = 0; i < KNOWN.size(); i++) {
      int bit = 1 << i;
      List<char[]> words = new ArrayList<>();
      KNOWN.get(i).words().forEach(word -> words.add((char[]) word));
      for (String asking : KNOWN.get(i).asking().split(" ")) {
        words.add(asking.toCharArray());
      }
      for (char[] word : words) {
        Integer others = languages.get(word, 0, word.length);
        languages.put(word.clone(), others == null ? bit : others | bit);
      }
    }
    return languages;
  }

  /// @param document what the whole document is in, as ISO 639 has it; null where nobody knows. A
  ///   table or a list often has too few words of grammar to tell.
  static Language of(String text, @Nullable String document, Analysis analysis) {
    if (analysis.language() != Analysis.Language.AUTO) {
      return of(text, analysis);
    }
    Language recognised = recognised(text);
    return recognised != null ? recognised : document == null ? Language.COMMON : named(document);
  }

  private static Language named(String language) {
    return switch (language) {
      case "de" -> Language.GERMAN;
      case "fr" -> Language.FRENCH;
      case "es" -> Language.SPANISH;
      case "pt" -> Language.PORTUGUESE;
      case "it" -> Language.ITALIAN;
      case "nl" -> Language.DUTCH;
      case "ro" -> Language.ROMANIAN;
      case "tr" -> Language.TURKISH;
      case "vi" -> Language.VIETNAMESE;
      default -> Language.COMMON;
    };
  }

  static Language of(String text, Analysis analysis) {
    return switch (analysis.language()) {
      case AUTO -> of(text);
      case COMMON -> Language.COMMON;
      case DE -> Language.GERMAN;
      case FR -> Language.FRENCH;
      case ES -> Language.SPANISH;
      case PT -> Language.PORTUGUESE;
      case IT -> Language.ITALIAN;
      case NL -> Language.DUTCH;
      case RO -> Language.ROMANIAN;
      case TR -> Language.TURKISH;
      case VI -> Language.VIETNAMESE;
      case NONE -> Language.PLAIN;
    };
  }

  static Language of(String text) {
    Language recognised = recognised(text);
    return recognised == null ? Language.COMMON : recognised;
  }

  /// @return null for Latin letters that show no language
  private static @Nullable Language recognised(String text) {
    char[] begin = new char[Math.min(text.length(), CHARS_LOOKED_AT)];
    text.getChars(0, begin.length, begin, 0);
    int letters = 0;
    int turkish = 0;
    int vietnamese = 0;
    int latin = 0;
    boolean turkishToo = false;
    for (char c : begin) {
      if (Character.isLetter(c)) {
        letters++;
        latin += c < 0x250 || (c >= 0x1E00 && c < 0x1F00) ? 1 : 0;
        if (c == 'ğ' || c == 'Ğ' || c == 'ı' || c == 'İ') {
          turkish++;
        } else if ((c >= 0x1EA0 && c <= 0x1EF9) || c == 'ơ' || c == 'ư' || c == 'Ơ' || c == 'Ư') {
          vietnamese++;
        } else if (c == 'ş' || c == 'Ş' || c == 'ç' || c == 'ö' || c == 'ü') {
          turkishToo = true;
        }
      }
    }
    if (vietnamese * LETTERS_PER_OWN_LETTER > letters) {
      return Language.VIETNAMESE;
    }
    if (turkish * LETTERS_PER_OWN_LETTER > letters) {
      return Language.TURKISH;
    }
    // Names and titles that a text in another script quotes do not make its language.
    return 2 * latin > letters ? byWords(begin, turkishToo) : Language.COMMON;
  }

  /// @param turkishToo whether a letter is there that is Turkish among others: then one Turkish
  ///   word is enough
  private static @Nullable Language byWords(char[] text, boolean turkishToo) {
    int[] counts = new int[KNOWN.size()];
    int start = 0;
    for (int i = 0; i <= text.length; i++) {
      if (i < text.length && Character.isLetter(text[i])) {
        continue;
      }
      Integer languages = i == start ? null : LANGUAGES_OF_WORD.get(text, start, i - start);
      for (int left = languages == null ? 0 : languages; left != 0; left &= left - 1) {
        counts[Integer.numberOfTrailingZeros(left)]++;
      }
      start = i + 1;
    }
    int best = ENGLISH;
    int most = TIMES_ENGLISH * counts[ENGLISH];
    for (int i = 1; i < counts.length; i++) {
      boolean askedInTurkish = turkishToo && KNOWN.get(i).language() == Language.TURKISH;
      int count = counts[i] + (askedInTurkish && counts[i] > 0 ? 1 : 0);
      if (count >= WORDS_MIN && count >= most) {
        best = count == most ? ENGLISH : i;
        most = count;
      }
    }
    return best == ENGLISH && counts[ENGLISH] < WORDS_MIN ? null : KNOWN.get(best).language();
  }
}
