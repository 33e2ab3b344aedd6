package engram.memory.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/// Words of what was said, as the index has them: Unicode word breaks, case and accents folded,
/// Porter's stemmer, and without the small words of English, which carry talk and no topic.
///
/// Threads: any.
public final class Words {
  private static final CharArraySet SMALL =
      CharArraySet.unmodifiableSet(
          new CharArraySet(
              List.of(
                  ("a an the and or but if of at by for with about to from in on is are was were be"
                          + " been being do does did have has had i you he she it we they me him"
                          + " her us them my your his its our their this that these those what"
                          + " which who whom when where why how am as so not no can will would"
                          + " just than then there")
                      .split(" ")),
              true));

  private static final Analyzer STEMMED =
      new Analyzer() {
        @Override
        protected TokenStreamComponents createComponents(String field) {
          StandardTokenizer tokenizer = new StandardTokenizer();
          TokenStream words = new EnglishPossessiveFilter(tokenizer);
          words = new ASCIIFoldingFilter(new LowerCaseFilter(words));
          words = new PorterStemFilter(new StopFilter(words, SMALL));
          return new TokenStreamComponents(tokenizer, words);
        }
      };

  private static final Analyzer WHOLE =
      new Analyzer() {
        @Override
        protected TokenStreamComponents createComponents(String field) {
          StandardTokenizer tokenizer = new StandardTokenizer();
          TokenStream words = new EnglishPossessiveFilter(tokenizer);
          return new TokenStreamComponents(
              tokenizer, new ASCIIFoldingFilter(new LowerCaseFilter(words)));
        }
      };

  private Words() {}

  /// In order, repeated ones too.
  public static List<String> of(String text) {
    List<String> found = new ArrayList<>();
    collect(STEMMED, text, found);
    return found;
  }

  /// Different words with case and accents folded and nothing else done: names.
  public static Set<String> names(String text) {
    List<String> found = new ArrayList<>();
    collect(WHOLE, text, found);
    return new LinkedHashSet<>(found);
  }

  private static void collect(Analyzer analyzer, String text, List<String> found) {
    try (TokenStream words = analyzer.tokenStream("", text)) {
      CharTermAttribute term = words.addAttribute(CharTermAttribute.class);
      words.reset();
      while (words.incrementToken()) {
        found.add(term.toString());
      }
      words.end();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
