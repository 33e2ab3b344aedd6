package engram.retrieval.search;

import engram.retrieval.Analysis;
import engram.retrieval.index.TextAnalysis;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a text names, by its capital letters: runs of capitalised words, with the small words that
/// join them ("University of Houston"). No model and no list of names; a word that only begins a
/// sentence is taken for a name too, and leads nowhere.
///
/// Scripts without capitals name what stands in their title marks (《…》, 「…」), words in Katakana,
/// which spells names from abroad, and any longer word of Arabic, Hebrew, Hindi and Korean, of
/// which those that are nobody's title lead nowhere. Thai text names what its title and headings
/// do.
final class Names {
  private static final int NAMES_MAX = 60;
  private static final int WORDS_MAX = 6;
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}'’.&-]*");
  private static final Pattern MARKED = Pattern.compile("[《〈「『]([^《》〈〉「」『』\\n]{2,40})[》〉」』]");
  private static final Pattern WITHOUT_CAPITALS =
      Pattern.compile(
          "[\\p{IsKatakana}ー・]{3,20}|[\\p{IsArabic}\\p{IsHebrew}\\p{M}]{4,20}"
              + "|[\\p{IsDevanagari}\\p{M}]{4,20}|\\p{IsHangul}{2,20}");
  private static final Set<String> JOINING =
      Set.of(
          "of", "the", "and", "for", "in", "on", "at", "de", "la", "le", "les", "des", "du", "del",
          "di", "da", "do", "dos", "der", "den", "van", "von", "zu", "&");

  private Names() {}

  /// @return each name as it is written with its words as the index knows them, in order of first
  ///   appearance
  static Map<String, List<String>> in(ChunkRow row) {
    Map<String, List<String>> names = new LinkedHashMap<>();
    String title = row.source.title();
    if (title != null) {
      add(title, row.analysis, names);
    }
    row.source.headingPath().forEach(heading -> add(heading, row.analysis, names));
    Run run = new Run(row.text, row.analysis, names);
    Matcher words = WORD.matcher(row.text);
    while (names.size() < NAMES_MAX && words.find()) {
      run.take(words.start(), words.end());
    }
    run.end();
    matches(MARKED, 1, row, names);
    matches(WITHOUT_CAPITALS, 0, row, names);
    return names;
  }

  private static void matches(
      Pattern pattern, int group, ChunkRow row, Map<String, List<String>> names) {
    Matcher found = pattern.matcher(row.text);
    while (names.size() < NAMES_MAX && found.find()) {
      add(found.group(group), row.analysis, names);
    }
  }

  private static void add(String name, Analysis analysis, Map<String, List<String>> names) {
    List<String> words = new ArrayList<>();
    for (QueryTerm term : TextAnalysis.queryTerms(name, analysis, WORDS_MAX + 1)) {
      if (term.weight() >= 1) { // neither a function word nor a second form
        words.add(term.term());
      }
    }
    if (!words.isEmpty() && words.size() <= WORDS_MAX && !names.containsValue(words)) {
      names.put(name, words);
    }
  }

  /// Capitalised words that stand side by side.
  private static final class Run {
    private final String text;
    private final Analysis analysis;
    private final Map<String, List<String>> names;
    private int start = -1;
    private int end;
    private int last;

    Run(String text, Analysis analysis, Map<String, List<String>> names) {
      this.text = text;
      this.analysis = analysis;
      this.names = names;
    }

    void take(int from, int to) {
      boolean beside = start >= 0 && text.substring(last, from).isBlank();
      int first = text.codePointAt(from);
      if (Character.isUpperCase(first) || (beside && Character.isDigit(first))) {
        if (!beside) {
          end();
          start = from;
        }
        end = to;
      } else if (!beside || !JOINING.contains(text.substring(from, to))) {
        end();
      }
      last = to;
    }

    /// A full stop may belong to an abbreviation or end the sentence: names do without.
    private int lettersEnd() {
      int at = end;
      while (!Character.isLetterOrDigit(text.charAt(at - 1))) {
        at--;
      }
      return at;
    }

    void end() {
      if (start >= 0) {
        add(text.substring(start, lettersEnd()), analysis, names);
        start = -1;
      }
    }
  }
}
