package engram.retrieval.ask;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Words of any language, folded so that forms of one word can be told to be alike.
///
/// Scripts that are written without spaces give overlapping pairs of characters, the usual unit of
/// retrieval for them. Everything else is words; inflection is met by comparing beginnings (see
/// [#likeness]) and not by a stemmer per language, so a language nobody thought of works too.
final class Terms {
  /// @param form case-folded, compatibility-composed: tells `má` from `ma`
  /// @param bare `form` without marks
  /// @param start in the text
  /// @param capitalised begins with an upper-case letter
  record Term(String form, String bare, int start, int end, boolean number, boolean capitalised) {
    boolean pair() {
      return isUnspaced(form.codePointAt(0));
    }
  }

  private static final int STEM_CHARS_MIN = 4;
  private static final int ENDING_CHARS_MAX = 5;

  private Terms() {}

  static List<Term> of(String text) {
    List<Term> terms = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      if (isUnspaced(point)) {
        at = addPairs(text, at, terms);
      } else if (Character.isDigit(point)) {
        at = addNumber(text, at, terms);
      } else if (Character.isLetter(point)) {
        at = addWord(text, at, terms);
      } else {
        at += Character.charCount(point);
      }
    }
    return terms;
  }

  /// How alike two terms are: 1 for the same word, 0 for none; between them for words that begin
  /// alike and differ in a short ending only, and for long words that differ in marks only.
  static double likeness(Term a, Term b) {
    if (a.form().equals(b.form())) {
      return 1;
    }
    if (a.number() || b.number() || a.pair() || b.pair()) {
      return 0;
    }
    String x = a.bare();
    String y = b.bare();
    if (x.equals(y)) {
      // Short words of tonal languages differ in their marks only and mean different things.
      return x.length() > ENDING_CHARS_MAX || isArabic(x) ? 0.9 : 0;
    }
    int longer = Math.max(x.length(), y.length());
    int shorter = Math.min(x.length(), y.length());
    if (shorter < STEM_CHARS_MIN || longer - shorter > ENDING_CHARS_MAX) {
      return 0;
    }
    int common = 0;
    while (common < shorter && x.charAt(common) == y.charAt(common)) {
      common++;
    }
    // The last letter of a stem often changes (classify, classified), so 65 in 100 are enough.
    boolean alike =
        common >= STEM_CHARS_MIN && common >= 0.65 * longer && longer - common <= ENDING_CHARS_MAX;
    return alike ? 0.5 + 0.5 * common / longer : 0;
  }

  static boolean isUnspaced(int point) {
    // Looking up a script is a binary search; nothing below Thai is meant.
    if (point < 0x0E00) {
      return false;
    }
    return switch (Character.UnicodeScript.of(point)) {
      case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR ->
          Character.isLetterOrDigit(point)
              || Character.getType(point) == Character.NON_SPACING_MARK;
      default -> false;
    };
  }

  private static int addPairs(String text, int start, List<Term> terms) {
    int end = start;
    while (end < text.length() && isUnspaced(text.codePointAt(end))) {
      end += Character.charCount(text.codePointAt(end));
    }
    int at = start;
    do {
      int second = at + Character.charCount(text.codePointAt(at));
      int pairEnd = second < end ? second + Character.charCount(text.codePointAt(second)) : second;
      String form = Normalizer.normalize(text.substring(at, pairEnd), Normalizer.Form.NFKC);
      terms.add(new Term(form, form, at, pairEnd, false, false));
      at = second;
    } while (at < end && at + Character.charCount(text.codePointAt(at)) < end);
    return end;
  }

  private static int addNumber(String text, int start, List<Term> terms) {
    StringBuilder digits = new StringBuilder();
    int end = start;
    while (end < text.length()) {
      int point = text.codePointAt(end);
      int width = Character.charCount(point);
      boolean digitFollows =
          end + width < text.length() && Character.isDigit(text.codePointAt(end + width));
      if (Character.isDigit(point)) {
        digits.append(Character.digit(point, 10));
      } else if (Character.isLetter(point) && !isUnspaced(point)) {
        digits.append(fold(text.substring(end, end + width)));
      } else if (digitFollows && isPoint(point) && !isThousandsSeparator(text, end)) {
        digits.append('.');
      } else if (!(digitFollows && isPoint(point))) {
        break;
      }
      end += width;
    }
    String form = digits.toString();
    terms.add(new Term(form, form, start, end, true, false));
    return end;
  }

  private static boolean isPoint(int point) {
    return point == '.' || point == ',' || point == '\u066B' || point == '\u066C';
  }

  /// `1,000` and `1.000` are the same number in two languages; `3.14` and `3,14` too.
  private static boolean isThousandsSeparator(String text, int at) {
    int digits = 0;
    int next = at + 1;
    while (next < text.length() && Character.isDigit(text.charAt(next))) {
      digits++;
      next++;
    }
    return digits == 3;
  }

  private static int addWord(String text, int start, List<Term> terms) {
    int end = start;
    while (end < text.length()) {
      int point = text.codePointAt(end);
      int type = Character.getType(point);
      boolean inside =
          (Character.isLetterOrDigit(point) && !isUnspaced(point))
              || type == Character.NON_SPACING_MARK
              || type == Character.COMBINING_SPACING_MARK
              || type == Character.FORMAT;
      if (!inside) {
        break;
      }
      end += Character.charCount(point);
    }
    String form = fold(text.substring(start, end));
    String bare = withoutMarks(form);
    boolean capitalised = Character.isUpperCase(text.codePointAt(start));
    if (!form.isEmpty()) {
      terms.add(new Term(form, bare, start, end, false, capitalised));
    }
    return end;
  }

  static String fold(String word) {
    if (isAscii(word)) {
      return word.toLowerCase(Locale.ROOT);
    }
    String folded = Normalizer.normalize(word, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    StringBuilder out = new StringBuilder(folded.length());
    folded
        .codePoints()
        .filter(point -> Character.getType(point) != Character.FORMAT && point != ARABIC_TATWEEL)
        .forEach(point -> {
          switch (point) {
            case 'ß' -> out.append("ss");
            case 'ς' -> out.append('σ');
            case 'ı' -> out.append('i');
            case 'ё' -> out.append('е');
            case '\u0649', '\u06CC' -> out.append('\u064A');
            case '\u0629' -> out.append('\u0647');
            case '\u06A9' -> out.append('\u0643');
            default -> out.appendCodePoint(point);
          }
        });
    return out.toString();
  }

  private static final int ARABIC_TATWEEL = '\u0640';

  private static boolean isAscii(String word) {
    for (int at = 0; at < word.length(); at++) {
      if (word.charAt(at) >= 128) {
        return false;
      }
    }
    return true;
  }

  private static String withoutMarks(String form) {
    if (isAscii(form)) {
      return form;
    }
    StringBuilder out = new StringBuilder(form.length());
    Normalizer.normalize(form, Normalizer.Form.NFKD)
        .codePoints()
        .filter(point -> Character.getType(point) != Character.NON_SPACING_MARK)
        .forEach(out::appendCodePoint);
    return withoutArabicPrefix(out.toString());
  }

  /// The article and the one-letter words that Arabic writes together with the next word: the
  /// prefixes of the light10 stemmer (Larkey, Ballesteros, Connell, 2002).
  private static String withoutArabicPrefix(String word) {
    if (!isArabic(word)) {
      return word;
    }
    for (String prefix : ARABIC_PREFIXES) {
      if (word.startsWith(prefix) && word.length() - prefix.length() >= 3) {
        return word.substring(prefix.length());
      }
    }
    return word;
  }

  private static boolean isArabic(String word) {
    return !word.isEmpty()
        && Character.UnicodeScript.of(word.codePointAt(0)) == Character.UnicodeScript.ARABIC;
  }

  private static final List<String> ARABIC_PREFIXES =
      List.of("وال", "بال", "كال", "فال", "ال", "لل", "و");
}
