package engram.retrieval.parse;

import engram.retrieval.parse.PdfWord.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// Tells a table whose cells only align from prose in columns, lists and tables of contents. The
/// bounds are ours, set by hand so that what is not a table is seldom taken for one.
final class PdfTableShape {
  private static final int ROWS_MIN = 3;

  /// Columns of prose have lines of more words than this; a table may have one such column.
  private static final double WORDS_OF_CELL = 3.5;

  private static final double FILLED_MIN = 0.5;
  private static final double ALIGNED_MIN = 0.6;
  private static final float ALIGNED = 3;
  private static final double MOST = 0.6;

  private static final Pattern NUMBER =
      Pattern.compile("[^\\p{L}]*\\d[^\\p{L}]*\\p{L}{0,3}[^\\p{L}]*|[-–—]|(?i:n/?a)");
  private static final Pattern WHOLE_NUMBER = Pattern.compile("\\d{1,4}|[ivxlc]{1,6}");
  private static final Pattern LEADER = Pattern.compile(".*(?:\\.\\s?){4,}.*|.*…{2,}.*");
  private static final Pattern MARK =
      Pattern.compile(
          "[^\\p{L}\\p{N}]{1,2}|[(\\[]?(?:§ ?)?(?:\\d{1,3}(?:\\.\\d{1,3})*|\\p{L}|[ivxIVX]{1,5})[.):\\]]*");
  private static final Pattern UNSPACED =
      Pattern.compile("[\\p{IsHan}\\p{IsHiragana}\\p{IsKatakana}\\p{IsThai}]");

  private final List<float[]> columns;
  private final List<List<List<Piece>>> rows;

  /// @param rows `[rows, columns]`, the pieces of each cell
  PdfTableShape(List<float[]> columns, List<List<List<Piece>>> rows) {
    this.columns = columns;
    this.rows = rows;
  }

  boolean isTable() {
    long full =
        rows.stream().filter(row -> row.stream().filter(c -> !c.isEmpty()).count() > 1).count();
    if (full < ROWS_MIN || full < MOST * rows.size() || !isFilled() || !isAligned()) {
      return false;
    }
    if (isProse() || isContents() || isList()) {
      return false;
    }
    return columns.size() > 2 || isPaired(full);
  }

  private boolean isFilled() {
    int filled = 0;
    for (int column = 0; column < columns.size(); column++) {
      int inColumn = texts(column).size();
      if (inColumn < 2) {
        return false;
      }
      filled += inColumn;
    }
    return filled >= FILLED_MIN * rows.size() * columns.size();
  }

  /// Columns of words share a left or a middle line, numbers any. That the right ends of words
  /// stand in line is the mark of justified prose.
  private boolean isAligned() {
    for (int column = 0; column < columns.size(); column++) {
      List<Piece> first = new ArrayList<>();
      for (List<List<Piece>> row : rows) {
        if (!row.get(column).isEmpty()) {
          first.add(row.get(column).getFirst());
        }
      }
      double best = 0;
      for (int side = 0; side <= 1; side++) {
        double share = side / 2.0;
        List<Double> at =
            first.stream().map(p -> p.left() + share * (p.right() - p.left())).sorted().toList();
        double median = at.get(at.size() / 2);
        long near = at.stream().filter(x -> Math.abs(x - median) <= ALIGNED).count();
        best = Math.max(best, (double) near / at.size());
      }
      if (best < ALIGNED_MIN && !most(column, NUMBER.asMatchPredicate())) {
        return false;
      }
    }
    return true;
  }

  private boolean isProse() {
    int wordy = 0;
    for (int column = 0; column < columns.size(); column++) {
      wordy += wordsOfLine(column) >= WORDS_OF_CELL ? 1 : 0;
    }
    return wordy > 1;
  }

  private double wordsOfLine(int column) {
    double words = 0;
    int lines = 0;
    for (List<List<Piece>> row : rows) {
      for (Piece piece : row.get(column)) {
        lines++;
        long ideographs = UNSPACED.matcher(piece.text()).results().count();
        words += Math.max(piece.words().size(), ideographs / 2.0);
      }
    }
    return lines == 0 ? 0 : words / lines;
  }

  /// Titles before the numbers of their pages, which never fall.
  private boolean isContents() {
    int last = columns.size() - 1;
    for (int column = 0; column <= last; column++) {
      if (texts(column).stream().filter(LEADER.asMatchPredicate()).count() * 3 > rows.size()) {
        return true;
      }
    }
    boolean titles = most(last - 1, text -> text.chars().anyMatch(Character::isLetter));
    if (last > 2 || !titles || !most(last, WHOLE_NUMBER.asMatchPredicate())) {
      return false;
    }
    int before = 0;
    for (String text : texts(last)) {
      if (text.matches("\\d{1,4}")) {
        int number = Integer.parseInt(text);
        if (number < before) {
          return false;
        }
        before = number;
      }
    }
    return last == 1 || most(0, MARK.asMatchPredicate());
  }

  /// Marks or numbers before what they count.
  private boolean isList() {
    return columns.size() == 2 && most(0, MARK.asMatchPredicate()) && wordsOfLine(1) > 1.5;
  }

  /// Two columns are a table where one is of numbers, or where many short cells face each other.
  private boolean isPaired(long full) {
    boolean numbers = most(0, NUMBER.asMatchPredicate()) || most(1, NUMBER.asMatchPredicate());
    boolean labels = most(0, text -> text.endsWith(":"));
    return !labels && (numbers || (full > ROWS_MIN && wordsOfLine(0) < WORDS_OF_CELL));
  }

  private boolean most(int column, Predicate<String> what) {
    List<String> texts = texts(column);
    return texts.stream().filter(what).count() >= MOST * texts.size();
  }

  private List<String> texts(int column) {
    List<String> texts = new ArrayList<>();
    for (List<List<Piece>> row : rows) {
      if (!row.get(column).isEmpty()) {
        texts.add(String.join(" ", row.get(column).stream().map(Piece::text).toList()));
      }
    }
    return texts;
  }
}
