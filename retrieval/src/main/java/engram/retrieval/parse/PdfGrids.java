package engram.retrieval.parse;

import engram.retrieval.parse.PdfRulings.Ruling;
import engram.retrieval.parse.PdfTables.Found;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Tables with ruled cells. Lines that touch make up a grid; neighbouring fields of the grid
/// without a line between them are one cell. After the ruled ("lattice") tables of Nurminen,
/// Algorithmic Extraction of Data in Tables in PDF Documents, Tampere 2013, and of Tabula. A side
/// that is not drawn is where the lines across it end, so tables open at their sides are found too.
final class PdfGrids {
  /// More lines are a drawing.
  private static final int LINES_MAX = 1_000;

  private static final int FIELDS_MAX = 50_000;

  /// A box of boxes with pages of text in them is a layout.
  private static final int LAYOUT_CELLS_MAX = 6;

  private static final int LAYOUT_LINES_MIN = 15;
  private static final float HEIGHT_SHARE = 0.5f;

  /// Head, body and sum: with more ruled rows, all rows are ruled.
  private static final int FUSED_ROWS_MAX = 3;

  private static final float GAP_MAX = 4 * PdfRulings.NEAR;

  private final List<Ruling> across;
  private final List<Ruling> down;
  private final int drawnDown;
  private final List<Float> xs;
  private final List<Float> ys;
  private final int[] cellOf;

  private PdfGrids(List<Ruling> lines, List<Ruling> shades) {
    List<Ruling> all = new ArrayList<>(lines);
    all.addAll(shades);
    across = all.stream().filter(Ruling::horizontal).toList();
    down = all.stream().filter(line -> !line.horizontal()).toList();
    drawnDown = (int) lines.stream().filter(line -> !line.horizontal()).count();
    xs = edges(down, across);
    ys = edges(across, down);
    cellOf = new int[Math.max(0, columnCount() * rowCount())];
  }

  static List<Found> find(List<PdfWord.Line> lines, PdfRulings drawn) {
    List<Found> tables = new ArrayList<>();
    List<Ruling> rulings = drawn.joined();
    if (rulings.size() > LINES_MAX) {
      return tables;
    }
    for (List<Ruling> connected : connected(rulings)) {
      PdfGrids grid = new PdfGrids(connected, List.of()).with(drawn.edges());
      if (grid.columnCount() > 1
          && grid.rowCount() > 1
          && (long) grid.columnCount() * grid.rowCount() <= FIELDS_MAX) {
        grid.mergeFields();
        grid.read(lines, tables);
      }
    }
    return tables;
  }

  /// Shaded areas part rows and columns too where they reach from line to line.
  private PdfGrids with(List<Ruling> edges) {
    List<Ruling> shades = new ArrayList<>();
    for (Ruling edge : edges) {
      List<Float> ends = edge.horizontal() ? xs : ys;
      List<Float> within = edge.horizontal() ? ys : xs;
      if (isNear(ends, edge.from())
          && isNear(ends, edge.to())
          && within.getFirst() < edge.at()
          && edge.at() < within.getLast()
          && shades.size() < LINES_MAX) {
        shades.add(edge);
      }
    }
    return shades.isEmpty()
        ? this
        : new PdfGrids(Stream.concat(across.stream(), down.stream()).toList(), shades);
  }

  private static boolean isNear(List<Float> edges, float at) {
    return edges.stream().anyMatch(edge -> Math.abs(edge - at) <= PdfRulings.NEAR);
  }

  private static List<List<Ruling>> connected(List<Ruling> rulings) {
    int[] group = new int[rulings.size()];
    for (int i = 0; i < group.length; i++) {
      group[i] = i;
    }
    for (int i = 0; i < group.length; i++) {
      for (int j = i + 1; j < group.length; j++) {
        if (rulings.get(i).horizontal() != rulings.get(j).horizontal()
            && rulings.get(i).touches(rulings.get(j))) {
          group[root(group, j)] = root(group, i);
        }
      }
    }
    Map<Integer, List<Ruling>> groups = new HashMap<>();
    for (int i = 0; i < group.length; i++) {
      groups.computeIfAbsent(root(group, i), key -> new ArrayList<>()).add(rulings.get(i));
    }
    return groups.values().stream().filter(lines -> lines.size() > 2).toList();
  }

  private static int root(int[] parents, int of) {
    int root = of;
    while (parents[root] != root) {
      parents[root] = parents[parents[root]];
      root = parents[root];
    }
    return root;
  }

  /// Where the lines stand, and how far those across them reach.
  private static List<Float> edges(List<Ruling> lines, List<Ruling> ends) {
    List<Float> at = new ArrayList<>(lines.stream().map(Ruling::at).toList());
    ends.stream().map(Ruling::from).min(Float::compare).ifPresent(at::add);
    ends.stream().map(Ruling::to).max(Float::compare).ifPresent(at::add);
    Collections.sort(at);
    List<Float> edges = new ArrayList<>();
    for (float edge : at) {
      if (edges.isEmpty() || edge - edges.getLast() > PdfRulings.NEAR) {
        edges.add(edge);
      }
    }
    return edges;
  }

  private int columnCount() {
    return xs.size() - 1;
  }

  private int rowCount() {
    return ys.size() - 1;
  }

  private void mergeFields() {
    for (int field = 0; field < cellOf.length; field++) {
      cellOf[field] = field;
    }
    for (int row = 0; row < rowCount(); row++) {
      float middleY = (ys.get(row) + ys.get(row + 1)) / 2;
      for (int column = 0; column < columnCount(); column++) {
        float middleX = (xs.get(column) + xs.get(column + 1)) / 2;
        int field = row * columnCount() + column;
        if (column + 1 < columnCount() && !isRuled(down, xs.get(column + 1), middleY)) {
          merge(field, field + 1);
        }
        if (row + 1 < rowCount() && !isRuled(across, ys.get(row + 1), middleX)) {
          merge(field, field + columnCount());
        }
      }
    }
  }

  private static boolean isRuled(List<Ruling> lines, float at, float middle) {
    return lines.stream()
        .anyMatch(line -> Math.abs(line.at() - at) <= PdfRulings.NEAR && line.covers(middle));
  }

  /// The first field of a cell, as one reads, stands for it.
  private void merge(int a, int b) {
    int first = root(cellOf, a);
    int second = root(cellOf, b);
    cellOf[Math.max(first, second)] = Math.min(first, second);
  }

  private void read(List<PdfWord.Line> lines, List<Found> tables) {
    Map<Integer, List<PdfWord>> words = new HashMap<>();
    int inside = 0;
    int crossing = 0;
    for (PdfWord.Line line : lines) {
      for (PdfWord word : line.words()) {
        int field = field(word);
        if (field >= 0 && line.upright()) {
          inside++;
          crossing += crosses(word) ? 1 : 0;
          words.computeIfAbsent(root(cellOf, field), key -> new ArrayList<>()).add(word);
        } else if (field >= 0) {
          crossing++;
        }
      }
    }
    // In a drawing or a chart lines run through words.
    if (crossing * 20 > inside || !isTable(words)) {
      return;
    }
    tables.add(table(words));
  }

  private int field(PdfWord word) {
    int column = interval(xs, word.centreX());
    int row = interval(ys, word.centreY());
    return column < 0 || row < 0 ? -1 : row * columnCount() + column;
  }

  private static int interval(List<Float> edges, float at) {
    for (int i = 0; i + 1 < edges.size(); i++) {
      if (edges.get(i) <= at && at < edges.get(i + 1)) {
        return i;
      }
    }
    return -1;
  }

  private boolean crosses(PdfWord word) {
    return down.stream()
        .anyMatch(line ->
            line.at() > word.left() + PdfRulings.NEAR
                && line.at() < word.right() - PdfRulings.NEAR
                && line.covers(word.centreY()));
  }

  private boolean isTable(Map<Integer, List<PdfWord>> words) {
    Set<Integer> columns = new HashSet<>();
    Map<Integer, Integer> cellsByRow = new HashMap<>();
    int linesMost = 0;
    for (Map.Entry<Integer, List<PdfWord>> cell : words.entrySet()) {
      columns.add(cell.getKey() % columnCount());
      cellsByRow.merge(cell.getKey() / columnCount(), 1, Integer::sum);
      linesMost = Math.max(linesMost, baselines(cell.getValue()).size());
    }
    long fullRows = cellsByRow.values().stream().filter(count -> count > 1).count();
    boolean layout = words.size() <= LAYOUT_CELLS_MAX && linesMost >= LAYOUT_LINES_MIN;
    return columns.size() > 1 && fullRows > 1 && !layout;
  }

  private Found table(Map<Integer, List<PdfWord>> words) {
    TreeSet<Integer> usedRows = new TreeSet<>();
    words.keySet().forEach(cell -> usedRows.add(cell / columnCount()));
    int[] columnOf = columns(words.keySet());
    List<float[]> columns = new ArrayList<>();
    for (int column = 0; column < columnOf.length; column++) {
      if (columnOf[column] == columns.size()) {
        columns.add(new float[] {xs.get(column), xs.get(column + 1)});
      }
      columns.getLast()[1] = xs.get(column + 1);
    }
    Map<Integer, List<Float>> rowsInside = new HashMap<>();
    int rowCount = 0;
    Map<Integer, Integer> firstRow = new HashMap<>();
    for (int row : usedRows) {
      List<Float> inside =
          usedRows.size() <= FUSED_ROWS_MAX ? unruledRows(row, words) : List.<Float>of();
      rowsInside.put(row, inside);
      firstRow.put(row, rowCount);
      rowCount += Math.max(1, inside.size());
    }
    Found found = new Found(columns, rowCount);
    words.forEach((cell, inCell) -> {
      int row = cell / columnCount();
      int column = columnOf[cell % columnCount()];
      for (PdfWord word : inCell) {
        int inside = nearest(rowsInside.getOrDefault(row, List.of()), word.bottom());
        found.put(word, firstRow.getOrDefault(row, 0) + inside, column);
      }
    });
    return found;
  }

  /// For each column of the grid, that of the table. What no line parts from the column before, and
  /// no row fills beside it, belongs to it: mere gaps, and edges of shades.
  private int[] columns(Set<Integer> cells) {
    int[] columnOf = new int[columnCount()];
    Set<Integer> rowsBefore = new HashSet<>();
    boolean onlyGaps = true;
    for (int column = 0; column < columnOf.length; column++) {
      Set<Integer> filled = new HashSet<>();
      for (int cell : cells) {
        if (cell % columnCount() == column) {
          filled.add(cell / columnCount());
        }
      }
      boolean narrow = xs.get(column + 1) - xs.get(column) < GAP_MAX;
      boolean gap = filled.isEmpty() && (narrow || !isLine(xs.get(column)));
      boolean parted =
          (!gap && !onlyGaps && isLine(xs.get(column)))
              || !Collections.disjoint(rowsBefore, filled);
      columnOf[column] = column == 0 ? 0 : columnOf[column - 1] + (parted ? 1 : 0);
      if (parted) {
        rowsBefore.clear();
      }
      rowsBefore.addAll(filled);
      onlyGaps &= gap;
    }
    return columnOf;
  }

  /// Whether lines are drawn there along half of the table.
  private boolean isLine(float at) {
    double drawn = 0;
    for (Ruling line : down.subList(0, drawnDown)) {
      drawn += Math.abs(line.at() - at) <= PdfRulings.NEAR ? line.to() - line.from() : 0;
    }
    return 2 * drawn >= ys.getLast() - ys.getFirst();
  }

  /// Base lines of the rows that share one ruled row: some tables are ruled only between their
  /// columns. Then every cell has a line where another one has. Empty where the row is one.
  private List<Float> unruledRows(int row, Map<Integer, List<PdfWord>> words) {
    List<List<PdfWord>> cells =
        words.entrySet().stream()
            .filter(cell -> cell.getKey() / columnCount() == row)
            .map(Map.Entry::getValue)
            .toList();
    List<Float> all = baselines(cells.stream().flatMap(List::stream).toList());
    int lines = cells.stream().mapToInt(cell -> baselines(cell).size()).sum();
    boolean regular =
        cells.size() > 1 && all.size() > 2 && lines >= 0.9 * all.size() * cells.size();
    return regular ? all : List.of();
  }

  private static int nearest(List<Float> baselines, float at) {
    int best = 0;
    for (int i = 1; i < baselines.size(); i++) {
      if (Math.abs(baselines.get(i) - at) < Math.abs(baselines.get(best) - at)) {
        best = i;
      }
    }
    return best;
  }

  private static List<Float> baselines(List<PdfWord> words) {
    List<PdfWord> sorted = new ArrayList<>(words);
    sorted.sort(Comparator.comparingDouble(PdfWord::bottom));
    List<Float> baselines = new ArrayList<>();
    for (PdfWord word : sorted) {
      if (baselines.isEmpty()
          || word.bottom() - baselines.getLast() > HEIGHT_SHARE * word.height()) {
        baselines.add(word.bottom());
      }
    }
    return baselines;
  }
}
