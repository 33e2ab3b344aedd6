package engram.retrieval.index;

import engram.retrieval.Analysis;
import engram.retrieval.Calibration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;

/// Words as the index knows them, of texts and of queries; [WordForms] has how they are formed.
///
/// A query needs no language to find something: every text has its words' common form. One that is
/// recognised looks for its language's own form too.
///
/// Threads: any.
public final class TextAnalysis {
  /// How words are treated, not which language a reader would say it is.
  public enum Language {
    COMMON,
    GERMAN,
    FRENCH,
    SPANISH,
    PORTUGUESE,
    ITALIAN,
    DUTCH,
    ROMANIAN,
    TURKISH,
    VIETNAMESE,
    /// Folded, and left alone otherwise.
    PLAIN
  }

  /// A word as the index knows it, and where it stands.
  public record Word(String term, int start, int end) {
    /// One character of a script whose words are pairs; it stands in its pairs besides.
    public boolean isHalfOfPairs() {
      return term.codePointCount(0, term.length()) == 1
          && switch (UnicodeScript.of(term.codePointAt(0))) {
            case HAN, HIRAGANA, KATAKANA, HANGUL -> true;
            default -> false;
          };
    }
  }

  /// What the common form of a query's word counts beside the language's own form: enough to find a
  /// name in a text of another language, too little to drown the better form.
  static final float COMMON_FORM_WEIGHT = 0.1f;

  /// A word to look for.
  ///
  /// @param weight above 0; 1 for a word that the query has once
  /// @param word as the query has it where it stands first
  public record QueryTerm(String term, float weight, boolean functionWord, String word) {
    /// A word that says what is looked for and stands in no query.
    public QueryTerm(String term, float weight) {
      this(term, weight, false, term);
    }
  }

  private TextAnalysis() {}

  /// How a text that is indexed is cut into words.
  public static Analyzer forText(Language language) {
    return WordForms.ofText(language);
  }

  /// The different words of a query in order of appearance, read from at most `wordsMax` words of
  /// each form. A word that stands there twice counts twice; see [FunctionWords] for those that
  /// count less.
  public static List<QueryTerm> queryTerms(String query, Analysis analysis, int wordsMax) {
    return queryTerms(query, analysis, wordsMax, Calibration.FUNCTION_WORDS);
  }

  /// @param functionWords what a word counts that only carries grammar; above 0
  public static List<QueryTerm> queryTerms(
      String query, Analysis analysis, int wordsMax, double functionWords) {
    Map<String, Found> found = new LinkedHashMap<>();
    Language language = LanguageHint.of(query, analysis);
    if (language == Language.COMMON || language == Language.PLAIN) {
      collect(WordForms.own(language), query, 1, wordsMax, found);
    } else {
      collect(WordForms.own(language), query, 1, wordsMax, found);
      Map<String, Found> common = new LinkedHashMap<>();
      collect(WordForms.own(Language.COMMON), query, COMMON_FORM_WEIGHT, wordsMax, common);
      common.forEach(found::putIfAbsent);
    }
    Set<String> damped = functionWords(query, analysis);
    List<QueryTerm> terms = new ArrayList<>(found.size());
    found.forEach((term, one) -> {
      boolean functionWord = damped.contains(term);
      float damping = functionWord ? (float) functionWords : 1;
      terms.add(new QueryTerm(term, one.weight() * damping, functionWord, one.word()));
    });
    return terms;
  }

  /// The words of a text's language that carry grammar; empty where it is not recognised.
  public static Set<String> functionWords(String text, Analysis analysis) {
    return FunctionWords.of(text, analysis.language() == Analysis.Language.NONE);
  }

  /// What a word of a query in the language may be looked for as.
  static Set<String> forms(String word, Language language) {
    Set<String> forms =
        new HashSet<>(terms(WordForms.own(Language.COMMON), word, Integer.MAX_VALUE));
    forms.addAll(terms(WordForms.own(language), word, Integer.MAX_VALUE));
    return forms;
  }

  /// What a word is in a build that stems nothing.
  static Set<String> plainForm(String word) {
    return Set.copyOf(terms(WordForms.own(Language.PLAIN), word, Integer.MAX_VALUE));
  }

  /// The words of a part of a query in order, repeated ones too, in the form that counts most.
  ///
  /// @param query the whole, by which the language is recognised
  public static List<String> phrase(String part, String query, Analysis analysis) {
    return terms(WordForms.own(LanguageHint.of(query, analysis)), part, Integer.MAX_VALUE);
  }

  private static List<String> terms(Analyzer analyzer, String text, int wordsMax) {
    return words(analyzer, text, wordsMax).stream().map(Word::term).toList();
  }

  /// A term of a query, and the first word that it is a form of.
  private record Found(String word, float weight) {
    Found plus(Found again) {
      return new Found(word, weight + again.weight);
    }
  }

  private static void collect(
      Analyzer analyzer, String query, float weight, int wordsMax, Map<String, Found> found) {
    for (Word one : words(analyzer, query, wordsMax)) {
      String word = query.substring(one.start(), one.end());
      found.merge(one.term(), new Found(word, weight), Found::plus);
    }
  }

  /// All forms of a text's words in order, as the index has them.
  public static List<Word> words(String text, Analysis analysis) {
    return words(forText(LanguageHint.of(text, analysis)), text, Integer.MAX_VALUE);
  }

  private static List<Word> words(Analyzer analyzer, String text, int wordsMax) {
    List<Word> found = new ArrayList<>();
    try (TokenStream words = analyzer.tokenStream("", text)) {
      CharTermAttribute term = words.addAttribute(CharTermAttribute.class);
      OffsetAttribute at = words.addAttribute(OffsetAttribute.class);
      words.reset();
      while (found.size() < wordsMax && words.incrementToken()) {
        found.add(new Word(term.toString(), at.startOffset(), at.endOffset()));
      }
      // Not end(): a stream that is left early has no end to report, and none is asked for.
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return found;
  }
}
