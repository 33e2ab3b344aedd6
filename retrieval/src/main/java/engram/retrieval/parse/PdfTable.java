package engram.retrieval.parse;

import java.util.ArrayList;
import java.util.List;

/// A table of a PDF: its cells with the pieces of lines that stand in them, in reading order.
///
/// @param columns where each column lies, `[left, right]`, as on the table's last page
/// @param rows each with as many cells as there are columns; a merged cell's text is in the first
///   of the cells that it covers
/// @param top on the page on which it begins
/// @param bottom on the page on which it ends
record PdfTable(List<float[]> columns, List<List<Cell>> rows, float top, float bottom)
    implements PdfItem {
  /// @param lines empty where the cell is
  record Cell(List<PdfLines.Line> lines) {
    Cell {
      lines = List.copyOf(lines);
    }

    String text() {
      return String.join(" ", lines.stream().map(PdfLines.Line::text).toList());
    }
  }

  PdfTable {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
  }

  @Override
  public List<PdfLines.Line> lines() {
    List<PdfLines.Line> lines = new ArrayList<>();
    rows.forEach(row -> row.forEach(cell -> lines.addAll(cell.lines())));
    return lines;
  }

  @Override
  public int page() {
    return lines().getFirst().page();
  }

  int lastPage() {
    return lines().getLast().page();
  }

  /// Whether every column of the other lies under the one of the same number here, and only there.
  boolean hasColumnsOf(PdfTable other) {
    if (columns.size() != other.columns.size()) {
      return false;
    }
    for (int i = 0; i < columns.size(); i++) {
      for (int j = 0; j < columns.size(); j++) {
        boolean overlap =
            columns.get(i)[0] < other.columns.get(j)[1] - PdfRulings.NEAR
                && other.columns.get(j)[0] < columns.get(i)[1] - PdfRulings.NEAR;
        if (overlap != (i == j)) {
          return false;
        }
      }
    }
    return true;
  }

  /// This and what goes on with it on the next page, where the first row is often said again.
  PdfTable with(PdfTable rest) {
    List<List<Cell>> all = new ArrayList<>(rows);
    boolean repeated = texts(rows.getFirst()).equals(texts(rest.rows.getFirst()));
    all.addAll(repeated ? rest.rows.subList(1, rest.rows.size()) : rest.rows);
    return new PdfTable(rest.columns, all, top, rest.bottom);
  }

  private static List<String> texts(List<Cell> row) {
    return row.stream().map(Cell::text).toList();
  }
}
