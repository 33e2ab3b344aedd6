package engram.retrieval.index;

import engram.retrieval.index.TextAnalysis.Language;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.WordlistLoader;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.el.GreekAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.hi.HindiAnalyzer;
import org.apache.lucene.analysis.it.ItalianAnalyzer;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.ro.RomanianAnalyzer;
import org.apache.lucene.analysis.ru.RussianAnalyzer;
import org.apache.lucene.analysis.th.ThaiAnalyzer;
import org.apache.lucene.analysis.tr.TurkishAnalyzer;

/// The words that carry a query's grammar and not its subject: "what does the … of". The language
/// of a query is that whose function words it has most of, so a query without any needs no
/// language.
///
/// They are damped, not dropped: "the who" still finds the band. The lists are Lucene's, most of
/// them of the Snowball project; question words count, for a text seldom asks what its readers ask,
/// which makes them look rare.
///
/// Languages written without spaces (Chinese, Japanese) need no list: pairs of characters that are
/// all grammar are in every text.
final class FunctionWords {
  private static final String ENGLISH = "/org/apache/lucene/analysis/snowball/english_stop.txt";

  /// Not in Lucene; the commonest of the language, with the words that ask.
  private static final String VIETNAMESE =
      "và của là có không được trong cho một những các với này đó để từ khi ai gì nào đâu sao bao"
          + " nhiêu bởi về như thế vì tại theo đã sẽ bị người ta mà thì ở ra vào";

  /// A query of another language shares some short words with English; see [#of].
  private static final double ENGLISH_BONUS = 1.5;

  private static final Pattern NO_LETTERS = Pattern.compile("[^\\p{L}\\p{M}]+");

  private static final Words IN_ENGLISH = new Words(Language.COMMON, FunctionWords::english);
  private static final List<Words> OTHERS =
      List.of(
          new Words(Language.GERMAN, GermanAnalyzer::getDefaultStopSet),
          new Words(Language.FRENCH, FrenchAnalyzer::getDefaultStopSet),
          new Words(Language.SPANISH, SpanishAnalyzer::getDefaultStopSet),
          new Words(Language.PORTUGUESE, PortugueseAnalyzer::getDefaultStopSet),
          new Words(Language.ITALIAN, ItalianAnalyzer::getDefaultStopSet),
          new Words(Language.DUTCH, DutchAnalyzer::getDefaultStopSet),
          new Words(Language.ROMANIAN, RomanianAnalyzer::getDefaultStopSet),
          new Words(Language.TURKISH, TurkishAnalyzer::getDefaultStopSet),
          new Words(
              Language.VIETNAMESE, () -> new CharArraySet(List.of(VIETNAMESE.split(" ")), false)),
          new Words(Language.COMMON, RussianAnalyzer::getDefaultStopSet),
          new Words(Language.COMMON, GreekAnalyzer::getDefaultStopSet),
          new Words(Language.COMMON, ArabicAnalyzer::getDefaultStopSet),
          new Words(Language.COMMON, HindiAnalyzer::getDefaultStopSet),
          new Words(Language.COMMON, ThaiAnalyzer::getDefaultStopSet));

  private FunctionWords() {}

  /// The function words of a query's language, in every form that the index may know them by; empty
  /// where the language is not recognised.
  ///
  /// @param plain whether the index stems nothing: then those of the query alone
  static Set<String> of(String query, boolean plain) {
    Set<String> words = new LinkedHashSet<>();
    for (String word : NO_LETTERS.split(query)) {
      if (!word.isEmpty()) {
        words.add(word.toLowerCase(Locale.ROOT));
      }
    }
    // Others must show two of their own, and more than English could have: "war" and "die" alone
    // are no German.
    Words best = IN_ENGLISH;
    double most = Math.max(1, ENGLISH_BONUS * IN_ENGLISH.count(words));
    for (Words other : OTHERS) {
      int count = other.count(words);
      if (count > most) {
        most = count;
        best = other;
      }
    }
    if (best == IN_ENGLISH && best.count(words) == 0) {
      return Set.of();
    }
    return plain ? best.plainTerms(words) : best.terms();
  }

  static CharArraySet english() {
    try (InputStream list = TextAnalysis.class.getResourceAsStream(ENGLISH);
        InputStreamReader reader =
            new InputStreamReader(
                list == null ? InputStream.nullInputStream() : list, StandardCharsets.UTF_8)) {
      return WordlistLoader.getSnowballWordSet(reader);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /// One language's list, read and analysed when it is first needed.
  private static final class Words {
    private final Language language;
    private final Supplier<CharArraySet> list;
    private volatile Set<String> written = Set.of();
    private volatile Set<String> terms = Set.of();

    Words(Language language, Supplier<CharArraySet> list) {
      this.language = language;
      this.list = list;
    }

    int count(Set<String> words) {
      Set<String> known = written();
      int count = 0;
      for (String word : words) {
        count += known.contains(word) ? 1 : 0;
      }
      return count;
    }

    Set<String> plainTerms(Set<String> words) {
      Set<String> plain = new HashSet<>();
      for (String word : words) {
        if (written().contains(word)) {
          plain.addAll(TextAnalysis.plainForm(word));
        }
      }
      return plain;
    }

    private Set<String> written() {
      Set<String> known = written;
      if (known.isEmpty()) {
        Set<String> read = new HashSet<>();
        for (Object word : list.get()) {
          read.add(new String((char[]) word));
        }
        known = Set.copyOf(read);
        written = known;
      }
      return known;
    }

    Set<String> terms() {
      Set<String> known = terms;
      if (known.isEmpty()) {
        Set<String> analysed = new HashSet<>();
        for (String word : written()) {
          analysed.addAll(TextAnalysis.forms(word, language));
        }
        known = Set.copyOf(analysed);
        terms = known;
      }
      return known;
    }
  }
}
