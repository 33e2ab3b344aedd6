package engram.retrieval.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A table as text: one row per line, cells separated by ` | `. Empty rows are dropped, empty cells
/// kept except at a row's end, so that columns stay aligned.
final class TableText {
  static final String SEPARATOR = " | ";

  private final StringBuilder rows = new StringBuilder();
  private final List<String> cells = new ArrayList<>();
  private @Nullable StringBuilder cell;
  private boolean rowIsHeader;
  private boolean sawData;
  private int markedHeaderRows;
  private int rowCount;
  private List<String> firstRow = List.of();
  boolean inHeader;

  boolean inCell() {
    return cell != null;
  }

  void startRow() {
    endRow();
    rowIsHeader = true;
  }

  void startCell(boolean header, @Nullable String span) {
    endCell();
    rowIsHeader &= header || inHeader;
    cell = new StringBuilder();
  }

  void text(String characters, boolean preformatted) {
    StringBuilder into = cell;
    if (into != null) {
      MarkupBlocks.fold(into, characters);
    }
  }

  /// A block inside the cell begins or ends.
  void boundary() {
    StringBuilder into = cell;
    if (into != null && !into.isEmpty() && into.charAt(into.length() - 1) != ' ') {
      into.append(' ');
    }
  }

  void endCell() {
    StringBuilder done = cell;
    if (done != null) {
      cells.add(done.toString().strip());
      cell = null;
    }
  }

  void row(List<String> texts) {
    startRow();
    rowIsHeader = false;
    cells.addAll(texts);
    endRow();
  }

  void endRow() {
    endCell();
    int used = cells.size();
    while (used > 0 && cells.get(used - 1).isEmpty()) {
      used--;
    }
    if (used > 0) {
      if (!rows.isEmpty()) {
        rows.append('\n');
      }
      rows.append(String.join(SEPARATOR, cells.subList(0, used)));
      if (rowCount++ == 0) {
        firstRow = List.copyOf(cells.subList(0, used));
      }
      if (rowIsHeader && !sawData) {
        markedHeaderRows++;
      } else {
        sawData = true;
      }
    }
    cells.clear();
  }

  String text() {
    endRow();
    return rows.toString();
  }

  /// Header rows as marked; where none is, the first row if all of its cells are words.
  int headerRows() {
    if (markedHeaderRows > 0) {
      return markedHeaderRows;
    }
    boolean words =
        rowCount > 1
            && firstRow.size() > 1
            && firstRow.stream().allMatch(c -> !c.isEmpty() && !isNumber(c));
    return words ? 1 : 0;
  }

  private static boolean isNumber(String text) {
    return text.chars().noneMatch(Character::isLetter);
  }
}
