package engram.retrieval.index;

import engram.retrieval.index.TextAnalysis.Language;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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
import org.apache.lucene.analysis.es.SpanishLightStemFilter;
import org.apache.lucene.analysis.fr.FrenchLightStemFilter;
import org.apache.lucene.analysis.hi.HindiNormalizationFilter;
import org.apache.lucene.analysis.hi.HindiStemFilter;
import org.apache.lucene.analysis.icu.ICUNormalizer2Filter;
import org.apache.lucene.analysis.icu.segmentation.DefaultICUTokenizerConfig;
import org.apache.lucene.analysis.icu.segmentation.ICUTokenizer;
import org.apache.lucene.analysis.in.IndicNormalizationFilter;
import org.apache.lucene.analysis.it.ItalianLightStemFilter;
import org.apache.lucene.analysis.miscellaneous.ConditionalTokenFilter;
import org.apache.lucene.analysis.miscellaneous.KeywordRepeatFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.pt.PortugueseLightStemFilter;
import org.apache.lucene.analysis.ro.RomanianNormalizationFilter;
import org.apache.lucene.analysis.ru.RussianLightStemFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.KeywordAttribute;
import org.apache.lucene.analysis.tr.ApostropheFilter;
import org.apache.lucene.analysis.tr.TurkishLowerCaseFilter;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.tartarus.snowball.ext.DutchStemmer;
import org.tartarus.snowball.ext.RomanianStemmer;
import org.tartarus.snowball.ext.TurkishStemmer;

/// How words are formed, for each language.
///
/// Every text gets its *common form*: ICU word breaks (dictionaries for Thai, Lao, Khmer, Burmese;
/// bigrams for Han, Kana and Hangul, and in texts their characters too), case and accents folded,
/// and a light stemmer for each script that has one: Porter's for Latin letters, whatever the
/// language. So a query needs no language to find something.
///
/// A text that is recognised as of one of the other languages carries both: its own form, by that
/// language's stemmer, and, at the same position, the common one, which BM25 does not count as
/// length. So a query that is not recognised still finds it, and one that is looks for both.
/// `docs/methods.md` says what each was measured to gain, and which could not be measured.
final class WordForms {
  private static final CharArraySet ARTICLES =
      new CharArraySet(
          List.of(
              ("l m t qu n s j d c jusqu quoiqu lorsqu puisqu dell all dall nell sull coll un quest"
                      + " quell tutt gl agl dagl degl negl sugl")
                  .split(" ")),
          true);

  private static final Map<Language, Analyzer> OWN = new EnumMap<>(Language.class);
  private static final Map<Language, Analyzer> TEXT = new EnumMap<>(Language.class);

  static {
    for (Language language : Language.values()) {
      Analyzer own = analyzer(words -> own(language, base(language, words, false)));
      boolean oneForm = language == Language.COMMON || language == Language.PLAIN;
      OWN.put(language, own);
      TEXT.put(
          language,
          analyzer(words ->
              oneForm ? own(language, base(language, words, true)) : both(language, words)));
    }
  }

  private static final int SCRIPTS =
      CJKBigramFilter.HAN
          | CJKBigramFilter.HIRAGANA
          | CJKBigramFilter.KATAKANA
          | CJKBigramFilter.HANGUL;

  private WordForms() {}

  /// The forms that a text of the language has in the index.
  static Analyzer ofText(Language language) {
    return present(TEXT, language);
  }

  /// The form that counts most for a query in the language.
  static Analyzer own(Language language) {
    return present(OWN, language);
  }

  private static Analyzer present(Map<Language, Analyzer> all, Language language) {
    Analyzer analyzer = all.get(language);
    if (analyzer == null) {
      throw new IllegalStateException("no analyzer of " + language);
    }
    return analyzer;
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
  /// that lean on a word (l'avion, dell'arte) go, whatever the language is; of Turkish words what
  /// leans on them (Ankara'da).
  ///
  /// @param singly whether the characters of pairs are words too: those of a text are, for a query
  ///   may have one alone
  private static TokenStream base(Language language, TokenStream words, boolean singly) {
    TokenStream pairs = new CJKBigramFilter(words, SCRIPTS, singly);
    return language == Language.TURKISH
        ? new TurkishLowerCaseFilter(new ApostropheFilter(pairs))
        : new ElisionFilter(new EnglishPossessiveFilter(pairs), ARTICLES);
  }

  /// All of these leave words alone that are marked as keywords.
  private static TokenStream own(Language language, TokenStream words) {
    return switch (language) {
      case COMMON -> common(words);
      case GERMAN -> new GermanLightStemFilter(new ICUNormalizer2Filter(words));
      case FRENCH -> new FoldFilter(new FrenchLightStemFilter(new ICUNormalizer2Filter(words)));
      case SPANISH -> new FoldFilter(new SpanishLightStemFilter(new ICUNormalizer2Filter(words)));
      case PORTUGUESE ->
          new FoldFilter(new PortugueseLightStemFilter(new ICUNormalizer2Filter(words)));
      case ITALIAN -> new FoldFilter(new ItalianLightStemFilter(new ICUNormalizer2Filter(words)));
      case DUTCH ->
          new FoldFilter(new SnowballFilter(new ICUNormalizer2Filter(words), new DutchStemmer()));
      case ROMANIAN ->
          new FoldFilter(
              new SnowballFilter(
                  new RomanianNormalizationFilter(new ICUNormalizer2Filter(words)),
                  new RomanianStemmer()));
      case TURKISH -> new SnowballFilter(words, new TurkishStemmer());
      case VIETNAMESE -> new ICUNormalizer2Filter(words);
      case PLAIN -> new FoldFilter(words);
    };
  }

  /// Of each pair of equal words the first is marked and left alone; then it gets the common form
  /// and the other, which has its language's form, is left alone.
  private static TokenStream both(Language language, TokenStream words) {
    TokenStream own = own(language, new KeywordRepeatFilter(base(language, words, true)));
    return new RemoveDuplicatesTokenFilter(common(new KeywordFlipFilter(own)));
  }

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
