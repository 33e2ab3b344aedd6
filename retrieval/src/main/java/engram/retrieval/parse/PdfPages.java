package engram.retrieval.parse;

import java.util.ArrayList;
import java.util.List;

/// The items of all pages in reading order; a table that goes on over a page's end is one table.
final class PdfPages {
  /// Running heads and feet stand in this share of the page, above and below.
  private static final float MARGIN = 0.12f;

  private static final int MARGIN_LINES_MAX = 4;

  /// A table that ends above this share of the page ends there.
  private static final float LOW = 0.6f;

  /// So that a book of tables costs no more per page at its end.
  private static final int ROWS_JOINED_MAX = 5_000;

  private final List<PdfItem> items = new ArrayList<>();
  private float lastHeight;

  List<PdfItem> items() {
    return items;
  }

  /// @param height of the page as displayed
  void add(List<PdfItem> page, float height) {
    int open = openTable();
    int rest = firstTable(page, height);
    List<PdfItem> own = new ArrayList<>(page);
    if (open >= 0
        && rest >= 0
        && items.get(open) instanceof PdfTable above
        && page.get(rest) instanceof PdfTable below
        && above.rows().size() < ROWS_JOINED_MAX
        && above.lastPage() + 1 == below.page()
        && below.hasColumnsOf(above)) {
      // After the foot of its first page: what follows the rows of a page is on it or a later one.
      items.remove(open);
      items.add(above.with(below));
      own.remove(rest);
    }
    items.addAll(own);
    lastHeight = height;
  }

  /// The index of the table at the last page's end, or -1.
  private int openTable() {
    for (int at = items.size() - 1; at >= Math.max(0, items.size() - 1 - MARGIN_LINES_MAX); at--) {
      PdfItem item = items.get(at);
      if (item instanceof PdfTable table) {
        return table.bottom() > LOW * lastHeight ? at : -1;
      }
      if (!isWithin(item, (1 - MARGIN) * lastHeight, Float.MAX_VALUE)) {
        return -1;
      }
    }
    return -1;
  }

  /// The index of the table at this page's beginning, or -1.
  private static int firstTable(List<PdfItem> page, float height) {
    for (int at = 0; at < Math.min(page.size(), 1 + MARGIN_LINES_MAX); at++) {
      if (page.get(at) instanceof PdfTable) {
        return at;
      }
      PdfItem item = page.get(at);
      if (!isWithin(item, 0, MARGIN * height) && !isWithin(item, (1 - MARGIN) * height, height)) {
        return -1;
      }
    }
    return -1;
  }

  private static boolean isWithin(PdfItem item, float from, float to) {
    return item instanceof PdfLines.Line line
        && line.box().y() >= from
        && line.box().y() + line.box().height() <= to;
  }
}
