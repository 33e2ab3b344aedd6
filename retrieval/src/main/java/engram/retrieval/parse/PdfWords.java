package engram.retrieval.parse;

import java.text.Bidi;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds where each word of a text stands that comes as a string and its letters' places, which are
/// not as many as its characters: ligatures, and text from right to left, are put in order before.
final class PdfWords {
  private static final Pattern TOKEN = Pattern.compile("[^\\s\\u00a0]+");
  private static final Pattern RIGHT_TO_LEFT = Pattern.compile("[\\p{IsHebrew}\\p{IsArabic}]");

  /// A letter's place, in points of the page as displayed, y downwards.
  record Glyph(float left, float top, float right, float bottom, boolean blank) {}

  private PdfWords() {}

  static boolean isRightToLeft(String text) {
    return RIGHT_TO_LEFT.matcher(text).find();
  }

  /// @param base where the text begins in its line
  static void add(String text, int base, List<Glyph> glyphs, List<PdfWord> words) {
    List<int[]> tokens = new ArrayList<>();
    for (Matcher token = TOKEN.matcher(text); token.find(); ) {
      tokens.add(new int[] {base + token.start(), base + token.end()});
    }
    List<List<Glyph>> runs = runs(glyphs);
    if (tokens.isEmpty() || runs.isEmpty()) {
      return;
    }
    if (tokens.size() != runs.size()) {
      words.add(word(tokens.getFirst()[0], tokens.getLast()[1], glyphs));
      return;
    }
    Integer[] shown = shown(text, base, tokens);
    for (int at = 0; at < shown.length; at++) {
      int[] token = tokens.get(shown[at]);
      words.add(word(token[0], token[1], runs.get(at)));
    }
    words
        .subList(words.size() - shown.length, words.size())
        .sort(Comparator.comparingInt(PdfWord::start));
  }

  /// From left to right, which token stands there.
  private static Integer[] shown(String text, int base, List<int[]> tokens) {
    Integer[] order = new Integer[tokens.size()];
    byte[] levels = new byte[order.length];
    Bidi bidi = new Bidi(text, Bidi.DIRECTION_DEFAULT_LEFT_TO_RIGHT);
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
      levels[i] = (byte) bidi.getLevelAt(tokens.get(i)[0] - base);
    }
    Bidi.reorderVisually(levels, 0, order, 0, order.length);
    return order;
  }

  static List<PdfWord> shifted(List<PdfWord> words, int by) {
    return words.stream()
        .map(w ->
            new PdfWord(w.start() + by, w.end() + by, w.left(), w.top(), w.right(), w.bottom()))
        .toList();
  }

  private static List<List<Glyph>> runs(List<Glyph> glyphs) {
    List<List<Glyph>> runs = new ArrayList<>();
    boolean inside = false;
    for (Glyph glyph : glyphs) {
      if (!glyph.blank()) {
        if (!inside) {
          runs.add(new ArrayList<>());
        }
        runs.getLast().add(glyph);
      }
      inside = !glyph.blank();
    }
    return runs;
  }

  private static PdfWord word(int start, int end, List<Glyph> glyphs) {
    float left = Float.MAX_VALUE;
    float top = Float.MAX_VALUE;
    float right = -Float.MAX_VALUE;
    float bottom = -Float.MAX_VALUE;
    for (Glyph glyph : glyphs) {
      left = Math.min(left, glyph.left());
      top = Math.min(top, glyph.top());
      right = Math.max(right, glyph.right());
      bottom = Math.max(bottom, glyph.bottom());
    }
    return new PdfWord(start, end, left, top, right, bottom);
  }
}
