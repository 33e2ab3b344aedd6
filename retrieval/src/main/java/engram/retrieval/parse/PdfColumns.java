package engram.retrieval.parse;

import engram.retrieval.parse.PdfTables.Found;
import engram.retrieval.parse.PdfWord.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Tables without ruled cells: rows that follow each other and leave the same gaps between their
/// cells, after the "stream" tables of Tabula.
///
/// Differs in that a table has to be drawn row by row, which nearly all programs do, while columns
/// of prose are drawn one after the other. With what [PdfTableShape] asks of the cells, this keeps
/// pages of several columns, justified lines and tables of contents what they are: a table that is
/// missed stays readable text, a wrong one tears sentences apart.
final class PdfColumns {
  /// In font sizes; a justified line's gaps stay below.
  private static final float CELL_GAP = 1.2f;

  private static final float COLUMN_GAP = 0.5f;
  private static final float ROW_GAP_MAX = 2.2f;

  /// From line to line of one cell, base line to top, in font sizes.
  private static final float LINE_GAP_MAX = 0.75f;

  private static final int LINES_OF_ROW_MAX = 30;

  /// Bounds on what one page may cost.
  private static final int RUN_ROWS_MAX = 500;

  private static final int STARTS_MAX = 60;

  /// What stands side by side.
  private record Row(List<Piece> pieces, float top, float bottom, float size) {
    boolean hasCells() {
      return pieces.size() > 1;
    }
  }

  private final List<Row> rows = new ArrayList<>();

  private final int linesOfRow;

  private PdfColumns(int linesOfRow) {
    this.linesOfRow = linesOfRow;
  }

  /// @param taken lines that belong to another table
  static List<Found> find(List<PdfWord.Line> lines, Predicate<PdfWord.Line> taken) {
    List<Found> tables = new ArrayList<>();
    find(lines, taken, LINES_OF_ROW_MAX, tables);
    // A column of prose beside a table looks like a cell of many lines: then line by line.
    List<Found> before = List.copyOf(tables);
    find(
        lines,
        line -> taken.test(line) || before.stream().anyMatch(table -> table.holds(line)),
        1,
        tables);
    return tables;
  }

  private static void find(
      List<PdfWord.Line> lines, Predicate<PdfWord.Line> taken, int linesOfRow, List<Found> tables) {
    List<PdfWord.Line> stretch = new ArrayList<>();
    for (PdfWord.Line line : lines) {
      boolean fits = line.upright() && !line.words().isEmpty() && !line.line().monospaced();
      if (fits && !taken.test(line)) {
        stretch.add(line);
      } else {
        new PdfColumns(linesOfRow).find(stretch, tables);
        stretch.clear();
      }
    }
    new PdfColumns(linesOfRow).find(stretch, tables);
  }

  private void find(List<PdfWord.Line> lines, List<Found> tables) {
    for (int at = 0; at < lines.size(); ) {
      int end = rowEnd(lines, at);
      rows.add(row(lines.subList(at, end)));
      at = end;
    }
    int failed = 0;
    for (int at = 0; at < rows.size(); ) {
      int end = rows.get(at).hasCells() ? runEnd(at) : at + 1;
      Found table = end - at > 2 ? table(at, end) : null;
      failed = table == null && end - at > 2 ? failed + 1 : 0;
      if (table != null) {
        tables.add(table);
      }
      at = table != null || failed > STARTS_MAX ? end : at + 1;
    }
  }

  /// A cell of several lines may be drawn as a whole before the next one: the row then ends with
  /// the last line that goes up again beside what it has.
  private int rowEnd(List<PdfWord.Line> lines, int from) {
    int end = from + 1;
    float top = top(lines.get(from));
    for (int at = from + 1; at < Math.min(lines.size(), from + linesOfRow); at++) {
      PdfWord.Line line = lines.get(at);
      float middle = (top(line) + bottom(line)) / 2;
      if (middle < top) {
        break;
      }
      for (PdfWord.Line of : lines.subList(from, end)) {
        if (top(of) < middle && middle < bottom(of)) {
          end = at + 1;
          break;
        }
      }
    }
    return end;
  }

  private static Row row(List<PdfWord.Line> lines) {
    List<Piece> pieces = new ArrayList<>();
    float top = Float.MAX_VALUE;
    float bottom = -Float.MAX_VALUE;
    float size = 1;
    for (PdfWord.Line line : lines) {
      pieces.addAll(line.pieces(CELL_GAP * size(line)));
      top = Math.min(top, top(line));
      bottom = Math.max(bottom, bottom(line));
      size = Math.max(size, size(line));
    }
    return new Row(pieces, top, bottom, size);
  }

  private static float size(PdfWord.Line line) {
    return Math.max(line.line().fontSize(), bottom(line) - top(line));
  }

  private static float top(PdfWord.Line line) {
    return (float) line.words().stream().mapToDouble(PdfWord::top).min().orElse(0);
  }

  private static float bottom(PdfWord.Line line) {
    return (float) line.words().stream().mapToDouble(PdfWord::bottom).max().orElse(0);
  }

  /// Where the rows from here on no longer leave the same gaps.
  private int runEnd(int from) {
    List<float[]> columns = widened(List.of(), rows.get(from));
    int end = from + 1;
    while (columns != null && end < Math.min(rows.size(), from + RUN_ROWS_MAX)) {
      List<float[]> wider =
          follows(rows.get(end - 1), rows.get(end)) ? widened(columns, rows.get(end)) : null;
      if (wider == null) {
        break;
      }
      columns = wider;
      end++;
    }
    while (columns != null
        && end > from
        && !rows.get(end - 1).hasCells()
        && !isHanging(end - 1, columns)) {
      end--;
    }
    return Math.max(end, from + 1);
  }

  private static boolean follows(Row last, Row next) {
    float gap = next.top() - last.bottom();
    return gap > -0.5f * last.size()
        && gap < ROW_GAP_MAX * last.size()
        && Math.abs(next.size() - last.size()) < 0.3f * last.size();
  }

  /// The columns with those of a further row, or null where that would close a gap between two.
  private static @Nullable List<float[]> widened(List<float[]> columns, Row row) {
    List<float[]> wider = new ArrayList<>();
    columns.forEach(column -> wider.add(column.clone()));
    float gap = COLUMN_GAP * row.size();
    for (Piece piece : row.pieces()) {
      int before = 0;
      while (before < wider.size() && wider.get(before)[1] + gap < piece.left()) {
        before++;
      }
      if (before == wider.size() || wider.get(before)[0] - gap > piece.right()) {
        wider.add(before, new float[] {piece.left(), piece.right()});
        continue;
      }
      float[] column = wider.get(before);
      column[0] = Math.min(column[0], piece.left());
      column[1] = Math.max(column[1], piece.right());
      if (before + 1 < wider.size() && wider.get(before + 1)[0] - gap <= column[1]) {
        return null;
      }
    }
    return isCrowded(row, wider) ? null : wider;
  }

  /// Whether two pieces of one line fall into one column.
  private static boolean isCrowded(Row row, List<float[]> columns) {
    for (int i = 1; i < row.pieces().size(); i++) {
      Piece last = row.pieces().get(i - 1);
      Piece next = row.pieces().get(i);
      if (next.from() > 0
          && last.of().equals(next.of())
          && column(columns, last) == column(columns, next)) {
        return true;
      }
    }
    return false;
  }

  /// Whether a row of one piece goes on with the cell above: close to it, and not in the first
  /// column, where it would begin something else.
  private boolean isHanging(int row, List<float[]> columns) {
    Row below = rows.get(row);
    Row above = rows.get(row - 1);
    return below.top() - above.bottom() < LINE_GAP_MAX * below.size()
        && below.pieces().stream().allMatch(piece -> column(columns, piece) > 0);
  }

  /// What all pieces cover together, from left to right: `[left, right]` of each column.
  private static List<float[]> columns(List<Row> rows) {
    List<Piece> pieces = new ArrayList<>();
    float size = Float.MAX_VALUE;
    for (Row row : rows) {
      pieces.addAll(row.pieces());
      size = Math.min(size, row.size());
    }
    pieces.sort((a, b) -> Float.compare(a.left(), b.left()));
    List<float[]> columns = new ArrayList<>();
    for (Piece piece : pieces) {
      if (columns.isEmpty() || piece.left() > columns.getLast()[1] + COLUMN_GAP * size) {
        columns.add(new float[] {piece.left(), piece.right()});
      } else {
        columns.getLast()[1] = Math.max(columns.getLast()[1], piece.right());
      }
    }
    return columns;
  }

  private static int column(List<float[]> columns, Piece piece) {
    int column = 0;
    while (column + 1 < columns.size() && piece.left() >= columns.get(column + 1)[0]) {
      column++;
    }
    return column;
  }

  private @Nullable Found table(int from, int end) {
    List<float[]> columns = columns(rows.subList(from, end));
    if (columns.size() < 2 || isLine(from - 1, columns) || isLine(end, columns)) {
      return null;
    }
    List<List<List<Piece>>> cells = new ArrayList<>();
    for (int at = from; at < end; at++) {
      List<List<Piece>> row = cells(rows.get(at), columns);
      if (!cells.isEmpty() && goesOn(at, row, cells.getLast())) {
        for (int column = 0; column < row.size(); column++) {
          cells.getLast().get(column).addAll(row.get(column));
        }
      } else {
        cells.add(row);
      }
    }
    if (!new PdfTableShape(columns, cells).isTable()) {
      return null;
    }
    Found found = new Found(columns, cells.size());
    for (int row = 0; row < cells.size(); row++) {
      for (int column = 0; column < columns.size(); column++) {
        for (Piece piece : cells.get(row).get(column)) {
          found.put(piece, row, column);
        }
      }
    }
    return found;
  }

  /// Whether a row is one line of text from the first column's left end to the last one's right
  /// end: then the gaps are those of a justified paragraph around it.
  private boolean isLine(int at, List<float[]> columns) {
    if (at < 0 || at >= rows.size() || rows.get(at).pieces().size() != 1) {
      return false;
    }
    Piece line = rows.get(at).pieces().getFirst();
    return Math.abs(line.left() - columns.getFirst()[0]) <= PdfRulings.NEAR
        && Math.abs(line.right() - columns.getLast()[1]) <= PdfRulings.NEAR;
  }

  private static List<List<Piece>> cells(Row row, List<float[]> columns) {
    List<List<Piece>> cells = new ArrayList<>();
    columns.forEach(column -> cells.add(new ArrayList<>()));
    row.pieces().forEach(piece -> cells.get(column(columns, piece)).add(piece));
    return cells;
  }

  /// Whether a row only holds further lines of the cells above: it is close to them, begins no
  /// first cell, and is not whole without one.
  private boolean goesOn(int at, List<List<Piece>> row, List<List<Piece>> above) {
    int filled = 0;
    for (int column = 0; column < row.size(); column++) {
      boolean empty = row.get(column).isEmpty();
      filled += empty ? 0 : 1;
      if (!empty && (column == 0 || above.get(column).isEmpty())) {
        return false;
      }
    }
    float gap = rows.get(at).top() - rows.get(at - 1).bottom();
    return gap < LINE_GAP_MAX * rows.get(at).size() && (row.size() == 2 || filled < row.size() - 1);
  }
}
