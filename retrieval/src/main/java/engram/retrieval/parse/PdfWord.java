package engram.retrieval.parse;

import java.util.ArrayList;
import java.util.List;

/// A word on a page, in points of the page as displayed, y downwards.
///
/// @param start its first UTF-16 unit in the text of its line
/// @param end one past its last unit
record PdfWord(int start, int end, float left, float top, float right, float bottom) {
  float centreX() {
    return (left + right) / 2;
  }

  float centreY() {
    return (top + bottom) / 2;
  }

  float height() {
    return bottom - top;
  }

  /// One line with the places of its words.
  ///
  /// @param upright whether its letters stand upright on the page as displayed
  record Line(PdfLines.Line line, List<PdfWord> words, boolean upright) {
    Line {
      words = List.copyOf(words);
    }

    /// The piece of the line from one word to another.
    PdfLines.Line piece(int from, int to) {
      if (from == 0 && to == words.size()) {
        return line;
      }
      List<PdfWord> part = words.subList(from, to);
      float left = (float) part.stream().mapToDouble(PdfWord::left).min().orElseThrow();
      float top = (float) part.stream().mapToDouble(PdfWord::top).min().orElseThrow();
      float right = (float) part.stream().mapToDouble(PdfWord::right).max().orElseThrow();
      float bottom = (float) part.stream().mapToDouble(PdfWord::bottom).max().orElseThrow();
      String text = line.text().substring(part.getFirst().start(), part.getLast().end());
      return new PdfLines.Line(
          text,
          PdfLines.box(line.page(), left, top, right, bottom, text.length()),
          line.fontSize(),
          line.bold(),
          line.monospaced());
    }

    /// The words from one wide gap to the next.
    ///
    /// @param gap in points
    List<Piece> pieces(float gap) {
      List<Piece> pieces = new ArrayList<>();
      int from = 0;
      for (int at = 1; at <= words.size(); at++) {
        if (at == words.size() || apart(words.get(at - 1), words.get(at), gap)) {
          pieces.add(Piece.of(this, from, at));
          from = at;
        }
      }
      return pieces;
    }

    private static boolean apart(PdfWord last, PdfWord next, float gap) {
      return next.left() - last.right() > gap || last.left() - next.right() > gap;
    }
  }

  /// Words of a line without a wide gap between them, `[from, to)`.
  record Piece(Line of, int from, int to, float left, float right) {
    private static Piece of(Line line, int from, int to) {
      List<PdfWord> words = line.words().subList(from, to);
      float left = (float) words.stream().mapToDouble(PdfWord::left).min().orElseThrow();
      float right = (float) words.stream().mapToDouble(PdfWord::right).max().orElseThrow();
      return new Piece(line, from, to, left, right);
    }

    List<PdfWord> words() {
      return of.words().subList(from, to);
    }

    String text() {
      return of.line().text().substring(words().getFirst().start(), words().getLast().end());
    }
  }
}
