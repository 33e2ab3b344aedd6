package engram.retrieval.index;

import engram.retrieval.Analysis;
import engram.retrieval.Calibration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ar.ArabicNormalizationFilter;
import org.apache.lucene.analysis.ar.ArabicStemFilter;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.de.GermanLightStemFilter;
import org.apache.lucene.analysis.el.GreekStemFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.hi.HindiNormalizationFilter;
import org.apache.lucene.analysis.hi.HindiStemFilter;
import org.apache.lucene.analysis.icu.ICUNormalizer2Filter;
import org.apache.lucene.analysis.icu.segmentation.DefaultICUTokenizerConfig;
import org.apache.lucene.analysis.icu.segmentation.ICUTokenizer;
import org.apache.lucene.analysis.in.IndicNormalizationFilter;
import org.apache.lucene.analysis.miscellaneous.ConditionalTokenFilter;
import org.apache.lucene.analysis.miscellaneous.KeywordRepeatFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.ru.RussianLightStemFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.KeywordAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.analysis.tr.ApostropheFilter;
import org.apache.lucene.analysis.tr.TurkishLowerCaseFilter;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.tartarus.snowball.ext.TurkishStemmer;

/// Words as the index knows them.
///
/// Every text gets its *common form*: ICU word breaks (dictionaries for Thai, Lao, Khmer, Burmese;
/// bigrams for Han, Kana and Hangul), case and accents folded, and a light stemmer for each script
/// that has one: Porter's for Latin letters, whatever the language, because it was measured to gain
/// or to lose nothing in each (see the floors in `RetrievalQualityTest`). So a query needs no
/// language to find something.
///
/// Where a language gained clearly from its own treatment (German, Turkish, Vietnamese), a text
/// that is recognised as such carries both: its own form and, at the same position, the common one,
/// which BM25 does not count as length. So a query that is not recognised still finds it, and one
/// that is looks for both.
///
/// Threads: any.
public final class TextAnalysis {
  /// How words are treated, not which language a reader would say it is.
  public enum Language {
    COMMON,
    GERMAN,
    TURKISH,
    VIETNAMESE,
    /// Folded, and left alone otherwise.
    PLAIN
  }

  /// A word as the index knows it, and where it stands.
  public record Word(String term, int start, int end) {}

  /// What the common form of a query's word counts beside the language's own form: enough to find a
  /// name in a text of another language, too little to drown the better form.
  static final float COMMON_FORM_WEIGHT = 0.1f;

  /// A word to look for.
  ///
  /// @param weight above 0; 1 for a word that the query has once
  public record QueryTerm(String term, float weight, boolean functionWord) {
    /// A word that says what is looked for.
    public QueryTerm(String term, float weight) {
      this(term, weight, false);
    }
  }

  private static final CharArraySet ARTICLES =
      new CharArraySet(
          List.of(
              ("l m t qu n s j d c jusqu quoiqu lorsqu puisqu dell all dall nell sull coll un quest"
                      + " quell tutt gl agl dagl degl negl sugl")
                  .split(" ")),
          true);

  private static final Analyzer COMMON = analyzer(words -> common(base(words)));
  private static final Analyzer GERMAN =
      analyzer(words -> both(germanForm(new KeywordRepeatFilter(base(words)))));
  private static final Analyzer TURKISH =
      analyzer(words -> both(turkishForm(new KeywordRepeatFilter(turkishBase(words)))));
  private static final Analyzer VIETNAMESE =
      analyzer(words -> both(unstemmed(new KeywordRepeatFilter(base(words)))));
  private static final Analyzer PLAIN = analyzer(words -> new FoldFilter(base(words)));
  private static final Analyzer GERMAN_ONLY = analyzer(words -> germanForm(base(words)));
  private static final Analyzer TURKISH_ONLY = analyzer(words -> turkishForm(turkishBase(words)));
  private static final Analyzer VIETNAMESE_ONLY = analyzer(words -> unstemmed(base(words)));

  private static final List<Language> STEMMED =
      List.of(Language.COMMON, Language.GERMAN, Language.TURKISH, Language.VIETNAMESE);

  private TextAnalysis() {}

  /// How a text that is indexed is cut into words.
  public static Analyzer forText(Language language) {
    return switch (language) {
      case COMMON -> COMMON;
      case GERMAN -> GERMAN;
      case TURKISH -> TURKISH;
      case VIETNAMESE -> VIETNAMESE;
      case PLAIN -> PLAIN;
    };
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
    Map<String, Float> weights = new LinkedHashMap<>();
    Language language = LanguageHint.of(query, analysis);
    if (language == Language.COMMON || language == Language.PLAIN) {
      collect(forText(language), query, 1, wordsMax, weights);
    } else {
      collect(ownForm(language), query, 1, wordsMax, weights);
      Map<String, Float> common = new LinkedHashMap<>();
      collect(COMMON, query, COMMON_FORM_WEIGHT, wordsMax, common);
      common.forEach(weights::putIfAbsent);
    }
    Set<String> damped = functionWords(query, analysis);
    List<QueryTerm> terms = new ArrayList<>(weights.size());
    weights.forEach((term, weight) -> {
      boolean functionWord = damped.contains(term);
      float damping = functionWord ? (float) functionWords : 1;
      terms.add(new QueryTerm(term, weight * damping, functionWord));
    });
    return terms;
  }

  /// The words of a text's language that carry grammar; empty where it is not recognised.
  public static Set<String> functionWords(String text, Analysis analysis) {
    return FunctionWords.of(text, analysis.language() == Analysis.Language.NONE);
  }

  private static Analyzer ownForm(Language language) {
    return switch (language) {
      case COMMON -> COMMON;
      case GERMAN -> GERMAN_ONLY;
      case TURKISH -> TURKISH_ONLY;
      case VIETNAMESE -> VIETNAMESE_ONLY;
      case PLAIN -> PLAIN;
    };
  }

  /// What a word of a query may be looked for as, whatever the language.
  static Set<String> everyForm(String word) {
    Set<String> forms = new HashSet<>();
    for (Language language : STEMMED) {
      forms.addAll(terms(ownForm(language), word, Integer.MAX_VALUE));
    }
    return forms;
  }

  /// What a word is in a build that stems nothing.
  static Set<String> plainForm(String word) {
    return Set.copyOf(terms(PLAIN, word, Integer.MAX_VALUE));
  }

  /// The words of a part of a query in order, repeated ones too, in the form that counts most.
  ///
  /// @param query the whole, by which the language is recognised
  public static List<String> phrase(String part, String query, Analysis analysis) {
    return terms(ownForm(LanguageHint.of(query, analysis)), part, Integer.MAX_VALUE);
  }

  private static List<String> terms(Analyzer analyzer, String text, int wordsMax) {
    List<String> terms = new ArrayList<>();
    try (TokenStream words = analyzer.tokenStream("", text)) {
      CharTermAttribute term = words.addAttribute(CharTermAttribute.class);
      words.reset();
      while (terms.size() < wordsMax && words.incrementToken()) {
        terms.add(term.toString());
      }
      // Not end(): a stream that is left early has no end to report, and none is asked for.
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return terms;
  }

  private static void collect(
      Analyzer analyzer, String query, float weight, int wordsMax, Map<String, Float> weights) {
    for (String term : terms(analyzer, query, wordsMax)) {
      weights.merge(term, weight, Float::sum);
    }
  }

  /// All forms of a text's words in order, as the index has them.
  public static List<Word> words(String text, Analysis analysis) {
    List<Word> found = new ArrayList<>();
    Analyzer analyzer = forText(LanguageHint.of(text, analysis));
    try (TokenStream words = analyzer.tokenStream("", text)) {
      CharTermAttribute term = words.addAttribute(CharTermAttribute.class);
      OffsetAttribute at = words.addAttribute(OffsetAttribute.class);
      words.reset();
      while (words.incrementToken()) {
        found.add(new Word(term.toString(), at.startOffset(), at.endOffset()));
      }
      words.end();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return found;
  }

  private static Analyzer analyzer(UnaryOperator<TokenStream> filters) {
    return new Analyzer(Analyzer.PER_FIELD_REUSE_STRATEGY) {
      @Override
      protected TokenStreamComponents createComponents(String field) {
        ICUTokenizer tokenizer = new ICUTokenizer(new DefaultICUTokenizerConfig(false, true));
        return new TokenStreamComponents(tokenizer, filters.apply(tokenizer));
      }
    };
  }

  /// Han, Kana and Hangul become pairs before anything repeats a word. French and Italian articles
  /// that lean on a word (l'avion, dell'arte) go, whatever the language is.
  private static TokenStream base(TokenStream words) {
    return new ElisionFilter(new EnglishPossessiveFilter(new CJKBigramFilter(words)), ARTICLES);
  }

  private static TokenStream turkishBase(TokenStream words) {
    return new TurkishLowerCaseFilter(new ApostropheFilter(new CJKBigramFilter(words)));
  }

  /// All of them leave words alone that are marked as keywords.
  private static TokenStream common(TokenStream words) {
    return new OtherLetters(new PorterStemFilter(new FoldFilter(words)));
  }

  /// Each of these filters acts on letters of its own script only, but looks at every word: so
  /// Latin words, most of most texts, go past them all.
  private static final class OtherLetters extends ConditionalTokenFilter {
    private static final int FIRST_GREEK = '\u0370';

    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);

    OtherLetters(TokenStream words) {
      super(words, OtherLetters::treated);
    }

    private static TokenStream treated(TokenStream words) {
      TokenStream out = new IndicNormalizationFilter(words);
      out = new HindiNormalizationFilter(out);
      out = new ArabicNormalizationFilter(out);
      out = new RussianLightStemFilter(out);
      out = new GreekStemFilter(out);
      out = new ArabicStemFilter(out);
      return new HindiStemFilter(out);
    }

    @Override
    protected boolean shouldFilter() {
      return !term.isEmpty() && term.charAt(0) >= FIRST_GREEK;
    }
  }

  /// Of each pair of equal words the first was marked and left alone; now it gets the common form
  /// and the other, which has its language's form, is left alone.
  private static TokenStream both(TokenStream ownForms) {
    return new RemoveDuplicatesTokenFilter(common(new KeywordFlipFilter(ownForms)));
  }

  private static TokenStream unstemmed(TokenStream words) {
    return new ICUNormalizer2Filter(words);
  }

  private static TokenStream germanForm(TokenStream words) {
    return new GermanLightStemFilter(new ICUNormalizer2Filter(words));
  }

  private static TokenStream turkishForm(TokenStream words) {
    return new SnowballFilter(words, new TurkishStemmer());
  }

  /// Turns around which words the filters that follow leave alone.
  private static final class KeywordFlipFilter extends TokenFilter {
    private final KeywordAttribute keyword = addAttribute(KeywordAttribute.class);

    KeywordFlipFilter(TokenStream input) {
      super(input);
    }

    @Override
    public boolean incrementToken() throws IOException {
      if (!input.incrementToken()) {
        return false;
      }
      keyword.setKeyword(!keyword.isKeyword());
      return true;
    }
  }
}
