package engram.retrieval.chunk;

import com.ibm.icu.text.BreakIterator;
import com.ibm.icu.util.ULocale;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Splits text into sentences, in any language: ICU's rules (Unicode Annex 29), plus what those
/// lack: abbreviations, lines that were wrapped by hand, and Thai, which marks no sentence ends.
public final class Sentences {
  /// Lines at least this share of the paragraph's widest are taken as wrapped, not as ended.
  private static final double WRAPPED_SHARE = 0.55;

  private static final int WRAP_WIDTH_MAX = 140;
  private static final int PHRASE_CHARS_MIN = 60;
  private static final Pattern LIST_MARK =
      Pattern.compile("(?:[-*•–—·]|\\(?\\w{1,3}[.)])\\s.*", Pattern.DOTALL);
  private static final Pattern LAST_WORD =
      Pattern.compile("([\\p{L}\\p{M}.'’-]+)\\.[\"'”’)\\]]*\\s*$");
  private static final Pattern CLOSED_QUOTE = Pattern.compile("[\"'”’»)\\]]\\s*$");
  private static final Pattern INITIALS = Pattern.compile("(?:\\p{Lu}\\.)*\\p{Lu}");

  /// Abbreviations after which a sentence practically never ends.
  private static final Set<String> TITLES =
      Set.of(
          "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "gen", "col", "capt", "lt", "sgt",
          "rev", "hon", "gov", "sen", "rep", "pres", "messrs", "mme", "mlle", "vs", "fig", "figs",
          "eq", "eqs", "sec", "ch", "vol", "pp", "ed", "eds", "e.g", "i.e", "cf", "viz", "approx",
          "ca", "bzw", "z.b", "d.h", "u.a", "hr", "fr", "frl", "nr", "str", "abb", "tab", "vgl",
          "sog", "ggf", "evtl", "inkl", "exkl", "sra", "dra", "ud", "uds", "núm", "pág", "av",
          "avda", "sig", "dott", "ing", "arch", "art", "par", "n°", "ул", "г", "гг", "т.е", "т.к",
          "им", "стр", "рис", "табл", "см", "тыс", "млн", "млрд", "руб", "κ", "κος", "δρ", "π.χ",
          "βλ", "ts", "ths", "gs", "tp");

  /// Abbreviations that end no sentence when a number or a lower-case word follows.
  private static final Set<String> BEFORE_NUMBERS =
      Set.of(
          "no", "nos", "p", "art", "op", "vol", "ch", "jan", "feb", "mar", "apr", "jun", "jul",
          "aug", "sept", "sep", "oct", "nov", "dec");

  /// Words that begin a new sentence even after an abbreviation such as `U.S.`
  private static final Set<String> STARTERS =
      Set.of(
          "the", "a", "an", "he", "she", "it", "we", "they", "i", "you", "this", "that", "these",
          "those", "in", "on", "at", "but", "and", "however", "there", "when", "if", "as", "for");

  private Sentences() {}

  /// The sentences of `text` in order, without the white space around them. Every character that is
  /// not white space lies in exactly one.
  public static List<Span> split(CharSequence text, Locale locale) {
    String source = text.toString();
    String unwrapped = unwrapped(source);
    BreakIterator breaks = BreakIterator.getSentenceInstance(ULocale.forLocale(locale));
    breaks.setText(unwrapped);
    List<Span> sentences = new ArrayList<>();
    int start = 0;
    for (int end = breaks.next(); end != BreakIterator.DONE; end = breaks.next()) {
      if (end < source.length() && goesOn(unwrapped, start, end)) {
        continue;
      }
      add(source, start, end, sentences);
      start = end;
    }
    add(source, start, source.length(), sentences);
    return sentences;
  }

  private static void add(String text, int from, int to, List<Span> sentences) {
    int start = from;
    int end = to;
    while (start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    if (start == end) {
      return;
    }
    if (end - start > 2 * PHRASE_CHARS_MIN && isThai(text, start, end)) {
      phrases(text, start, end, sentences);
    } else {
      sentences.add(new Span(start, end));
    }
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || c == '\u00a0' || c == '\ufeff';
  }

  /// Thai writes a space between phrases; a few of them make a piece of a sentence's size.
  private static void phrases(String text, int from, int to, List<Span> sentences) {
    int start = from;
    for (int i = from; i < to; i++) {
      if (isSpace(text.charAt(i))
          && i - start >= PHRASE_CHARS_MIN
          && to - i > PHRASE_CHARS_MIN / 2) {
        sentences.add(new Span(start, i));
        while (i + 1 < to && isSpace(text.charAt(i + 1))) {
          i++;
        }
        start = i + 1;
      }
    }
    sentences.add(new Span(start, to));
  }

  private static boolean isThai(String text, int from, int to) {
    int thai = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      thai += c >= '\u0e00' && c <= '\u0e7f' ? 1 : 0;
    }
    return thai * 2 > to - from;
  }

  /// The break at `end` is none: what stands before it is an abbreviation.
  private static boolean goesOn(String text, int start, int end) {
    if (text.charAt(end - 1) == '\n') {
      return false;
    }
    int first = text.codePointAt(end);
    if (Character.isLowerCase(first) && CLOSED_QUOTE.matcher(text.substring(start, end)).find()) {
      // "Is it you?" he asked.
      return true;
    }
    int from = Math.max(start, end - 40);
    Matcher last = LAST_WORD.matcher(text.substring(from, end));
    if (!last.find()) {
      return false;
    }
    String word = last.group(1);
    String lower = word.toLowerCase(Locale.ROOT);
    int next = first;
    if (TITLES.contains(lower)) {
      return true;
    }
    if (BEFORE_NUMBERS.contains(lower)) {
      return Character.isDigit(next);
    }
    if (INITIALS.matcher(word).matches()) {
      return !STARTERS.contains(wordAt(text, end))
          && (word.length() > 1 || Character.isLetter(next));
    }
    return false;
  }

  private static String wordAt(String text, int at) {
    int end = at;
    while (end < text.length() && end - at < 12 && Character.isLetter(text.charAt(end))) {
      end++;
    }
    return text.substring(at, end).toLowerCase(Locale.ROOT);
  }

  /// The same text with line ends inside a wrapped paragraph turned into spaces: same length, so
  /// spans stay valid. ICU ends a sentence at every line end.
  private static String unwrapped(String text) {
    if (text.indexOf('\n') < 0) {
      return text;
    }
    char[] chars = text.toCharArray();
    int paragraph = 0;
    while (paragraph < chars.length) {
      int end = paragraphEnd(text, paragraph);
      unwrap(text, paragraph, end, chars);
      paragraph = end;
    }
    return new String(chars);
  }

  /// After the next blank line.
  private static int paragraphEnd(String text, int from) {
    int line = from;
    while (line < text.length()) {
      int newline = text.indexOf('\n', line);
      if (newline < 0) {
        return text.length();
      }
      if (text.substring(line, newline).isBlank() && line > from) {
        return newline + 1;
      }
      line = newline + 1;
    }
    return text.length();
  }

  private static void unwrap(String text, int from, int to, char[] chars) {
    int width = 0;
    int lineStart = from;
    for (int i = from; i < to; i++) {
      if (text.charAt(i) == '\n') {
        width = Math.max(width, Math.min(WRAP_WIDTH_MAX, i - lineStart));
        lineStart = i + 1;
      }
    }
    lineStart = from;
    for (int i = from; i + 1 < to; i++) {
      if (text.charAt(i) != '\n') {
        continue;
      }
      int lineEnd = text.indexOf('\n', i + 1);
      int nextEnd = lineEnd < 0 ? to : Math.min(lineEnd, to);
      String next = text.substring(i + 1, Math.min(nextEnd, i + 12));
      boolean wrapped = i - lineStart >= width * WRAPPED_SHARE && i - lineStart <= WRAP_WIDTH_MAX;
      if (wrapped && !next.isBlank() && !LIST_MARK.matcher(next.strip()).matches()) {
        chars[i] = ' ';
        if (i > 0 && chars[i - 1] == '\r') {
          chars[i - 1] = ' ';
        }
      }
      lineStart = i + 1;
    }
  }
}
