package engram.retrieval.parse;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Finds the tables of one page, first those with ruled cells ([PdfGrids]), then those that only
/// align ([PdfColumns]), and puts each in the place where its first words stood.
final class PdfTables {
  /// A table as it is found: which cell each of its words stands in.
  static final class Found {
    final List<float[]> columns;
    final int rowCount;
    private final Map<PdfWord, int[]> cells = new HashMap<>();
    private @Nullable Pieces pieces;

    Found(List<float[]> columns, int rowCount) {
      this.columns = columns;
      this.rowCount = rowCount;
    }

    boolean holds(PdfWord.Line line) {
      return line.words().stream().anyMatch(cells::containsKey);
    }

    void put(PdfWord word, int row, int column) {
      cells.put(word, new int[] {row, column});
    }

    void put(PdfWord.Piece piece, int row, int column) {
      piece.words().forEach(word -> put(word, row, column));
    }
  }

  /// Its cells as the page is read.
  private record Pieces(Map<Integer, List<PdfLines.Line>> byCell, int index) {}

  private record Place(Found table, int row, int column) {}

  private final List<PdfItem> items = new ArrayList<>();
  private final Map<PdfWord, Place> places = new HashMap<>();

  private PdfTables() {}

  /// @param lines of one page, in reading order
  static List<PdfItem> items(List<PdfWord.Line> lines, PdfRulings rulings) {
    PdfTables tables = new PdfTables();
    List<Found> ruled = PdfGrids.find(lines, rulings);
    ruled.forEach(tables::place);
    List<Found> aligned =
        PdfColumns.find(lines, line -> ruled.stream().anyMatch(table -> table.holds(line)));
    aligned.forEach(tables::place);
    lines.forEach(tables::read);
    ruled.forEach(tables::finish);
    aligned.forEach(tables::finish);
    return tables.items;
  }

  private void place(Found table) {
    table.cells.forEach(
        (word, cell) -> places.putIfAbsent(word, new Place(table, cell[0], cell[1])));
  }

  private void read(PdfWord.Line line) {
    if (line.words().isEmpty()) {
      items.add(line.line());
      return;
    }
    int from = 0;
    for (int at = 1; at <= line.words().size(); at++) {
      Place place = places.get(line.words().get(from));
      Place next = at == line.words().size() ? null : places.get(line.words().get(at));
      if (at == line.words().size() || !Objects.equals(place, next)) {
        add(line.piece(from, at), place);
        from = at;
      }
    }
  }

  private void add(PdfLines.Line piece, @Nullable Place place) {
    if (place == null) {
      items.add(piece);
      return;
    }
    Found table = place.table();
    Pieces pieces = table.pieces;
    if (pieces == null) {
      pieces = new Pieces(new HashMap<>(), items.size());
      table.pieces = pieces;
      // Holds the table's place until all of its cells are read.
      items.add(piece);
    }
    int cell = place.row() * table.columns.size() + place.column();
    pieces.byCell().computeIfAbsent(cell, key -> new ArrayList<>()).add(piece);
  }

  private void finish(Found table) {
    Pieces pieces = table.pieces;
    if (pieces == null) {
      return;
    }
    boolean backwards = isRightToLeft(pieces);
    List<List<PdfTable.Cell>> rows = new ArrayList<>();
    float top = Float.MAX_VALUE;
    float bottom = 0;
    for (int row = 0; row < table.rowCount; row++) {
      List<PdfTable.Cell> cells = new ArrayList<>();
      for (int column = 0; column < table.columns.size(); column++) {
        int cell = row * table.columns.size() + column;
        List<PdfLines.Line> lines = pieces.byCell().getOrDefault(cell, List.of());
        for (PdfLines.Line line : lines) {
          top = Math.min(top, line.box().y());
          bottom = Math.max(bottom, line.box().y() + line.box().height());
        }
        cells.add(new PdfTable.Cell(lines));
      }
      rows.add(backwards ? cells.reversed() : cells);
    }
    List<float[]> columns = backwards ? table.columns.reversed() : table.columns;
    items.set(pieces.index(), new PdfTable(columns, rows, top, bottom));
  }

  /// A table of a language written from right to left begins at the right.
  private static boolean isRightToLeft(Pieces pieces) {
    long all = pieces.byCell().size();
    long backwards =
        pieces.byCell().values().stream()
            .filter(lines -> lines.stream().anyMatch(line -> PdfWords.isRightToLeft(line.text())))
            .count();
    return backwards * 2 > all;
  }
}
