package engram.retrieval.index;

import com.ibm.icu.text.Normalizer2;
import java.io.IOException;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.icu.ICUFoldingFilter;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.KeywordAttribute;

/// Folds case, width and, where it is measured to help, accents.
///
/// Accents are folded in Latin, Greek, Hebrew and Arabic words. Elsewhere a mark is another letter:
/// folding й to и cost Russian questions two points of hit@1 on XQuAD. Of Cyrillic only ё becomes
/// е, as Russians write it. Words that are marked as keywords are left alone.
final class FoldFilter extends TokenFilter {
  private static final Normalizer2 FOLD = ICUFoldingFilter.NORMALIZER;
  private static final Normalizer2 CASE_AND_WIDTH = Normalizer2.getNFKCCasefoldInstance();

  private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
  private final KeywordAttribute keyword = addAttribute(KeywordAttribute.class);
  private final StringBuilder folded = new StringBuilder();

  FoldFilter(TokenStream input) {
    super(input);
  }

  @Override
  public boolean incrementToken() throws IOException {
    if (!input.incrementToken()) {
      return false;
    }
    if (!keyword.isKeyword() && !foldAscii(term.buffer(), term.length())) {
      folded.setLength(0);
      Normalizer2 how = accentsAreMarks(term) ? FOLD : CASE_AND_WIDTH;
      how.normalize(term, folded);
      for (int i = 0; i < folded.length(); i++) {
        char c = folded.charAt(i);
        if (c == 'ё') {
          folded.setCharAt(i, 'е');
        } else if (c == 'ı') { // the Turkish I without a dot, which a common query writes as I
          folded.setCharAt(i, 'i');
        }
      }
      term.setEmpty().append(folded);
    }
    return true;
  }

  /// @return false if there is more than ASCII, which then still has to be folded
  private static boolean foldAscii(char[] text, int length) {
    int union = 0;
    for (int i = 0; i < length; i++) {
      union |= text[i];
      if (text[i] >= 'A' && text[i] <= 'Z') {
        text[i] = (char) (text[i] + ('a' - 'A'));
      }
    }
    return union < 0x80;
  }

  private static boolean accentsAreMarks(CharSequence word) {
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      boolean cyrillicOrArmenian = c >= 0x0400 && c < 0x0590;
      boolean beyondArabic = c >= 0x0900 && !(c >= 0x1E00 && c < 0x2E80);
      if (cyrillicOrArmenian || beyondArabic) {
        return false;
      }
    }
    return true;
  }
}
