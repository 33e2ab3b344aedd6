package engram.inference.attention;

import engram.inference.kernel.PageFormat;
import java.util.Arrays;

/// A call of attention cut into tiles (some queries of one sequence with one KV head, or with one
/// query head where each has its own pages) and those into items (a segment of the tile's pages).
///
/// Growing arrays, used again for each call.
final class Plan {
  /// Rows of a tile at most: they share the loads of a page.
  static final int ROWS = 64;

  /// Pages of a segment: 4096 entries.
  static final int SEGMENT_PAGES = 128;

  /// Integers of a tile.
  private static final int PART = 0;

  private static final int HEAD = 1;
  private static final int FIRST = 2;
  private static final int TOKENS = 3;
  private static final int PAGES = 4;
  private static final int LIST = 5;
  private static final int FIRST_ITEM = 6;
  private static final int FIELDS = 7;

  private int[] tiles = new int[64 * FIELDS];
  private int tileCount;
  private int[] itemTile = new int[64];
  private int itemCount;
  private int width;

  void make(AttentionBatch batch, int layer, AttentionShape shape) {
    tileCount = 0;
    itemCount = 0;
    width = 0;
    for (int p = 0; p < batch.parts.size(); p++) {
      AttentionBatch.Part part = batch.parts.get(p);
      PageFormat format = part.sequence().pool().format();
      check(part, shape, format);
      width = Math.max(width, format.width());
      PageSelection selection = part.pages();
      int heads = selection == null ? shape.kvHeads() : selection.heads();
      int rowsPerToken = shape.heads() / heads;
      int most = Math.max(1, ROWS / rowsPerToken);
      int block = selection == null ? Integer.MAX_VALUE : selection.queryBlock();
      for (int head = 0; head < heads; head++) {
        int kvHead = head / (heads / shape.kvHeads());
        int all = part.sequence().pages(layer, kvHead);
        for (int first = 0; first < part.tokens(); ) {
          int inBlock = first / block;
          long end = Math.min(part.tokens(), (inBlock + 1L) * block);
          int tokens = (int) Math.min(most, end - first);
          int list = selection == null ? 0 : head * selection.blocks() + inBlock;
          int pages = selection == null ? all : checkedPages(selection, list, all, inBlock);
          addTile(p, head, first, tokens, pages, list);
          first += tokens;
        }
      }
    }
  }

  private static void check(AttentionBatch.Part part, AttentionShape shape, PageFormat format) {
    int kvHeads = part.sequence().pool().layout().kvHeads();
    if (format.headDim() != shape.headDim() || kvHeads != shape.kvHeads()) {
      throw new IllegalArgumentException(
          "cache of " + kvHeads + " heads of " + format.headDim() + " for " + shape);
    }
    PageSelection selection = part.pages();
    if (selection != null
        && selection.heads() != shape.kvHeads()
        && selection.heads() != shape.heads()) {
      throw new IllegalArgumentException(
          "pages for " + selection.heads() + " heads; there are " + shape);
    }
  }

  private static int checkedPages(PageSelection selection, int list, int all, int block) {
    if (block >= selection.blocks()) {
      throw new IllegalArgumentException(
          "pages for " + selection.blocks() + " blocks of queries; there is a block " + block);
    }
    int first = selection.offsets()[list];
    int last = selection.offsets()[list + 1];
    for (int i = first; i < last; i++) {
      int page = selection.pages()[i];
      if (page < 0 || page >= all || (i > first && page <= selection.pages()[i - 1])) {
        throw new IllegalArgumentException(
            "page " + page + " of list " + list + " not ascending in 0.." + (all - 1));
      }
    }
    return last - first;
  }

  private void addTile(int part, int head, int first, int tokens, int pages, int list) {
    if (tiles.length < (tileCount + 1) * FIELDS) {
      tiles = Arrays.copyOf(tiles, 2 * tiles.length);
    }
    int at = tileCount * FIELDS;
    tiles[at + PART] = part;
    tiles[at + HEAD] = head;
    tiles[at + FIRST] = first;
    tiles[at + TOKENS] = tokens;
    tiles[at + PAGES] = pages;
    tiles[at + LIST] = list;
    tiles[at + FIRST_ITEM] = itemCount;
    int segments = Math.max(1, (pages + SEGMENT_PAGES - 1) / SEGMENT_PAGES);
    while (itemTile.length < itemCount + segments) {
      itemTile = Arrays.copyOf(itemTile, 2 * itemTile.length);
    }
    Arrays.fill(itemTile, itemCount, itemCount + segments, tileCount);
    itemCount += segments;
    tileCount++;
  }

  int tiles() {
    return tileCount;
  }

  int items() {
    return itemCount;
  }

  int tileOf(int item) {
    return itemTile[item];
  }

  int part(int tile) {
    return tiles[tile * FIELDS + PART];
  }

  /// KV head, or query head where the part's pages are chosen by query head.
  int head(int tile) {
    return tiles[tile * FIELDS + HEAD];
  }

  /// First query of the tile, counted in its sequence's part of the batch.
  int first(int tile) {
    return tiles[tile * FIELDS + FIRST];
  }

  int tokens(int tile) {
    return tiles[tile * FIELDS + TOKENS];
  }

  int pages(int tile) {
    return tiles[tile * FIELDS + PAGES];
  }

  /// The tile's list in its part's selection.
  int list(int tile) {
    return tiles[tile * FIELDS + LIST];
  }

  int firstItem(int tile) {
    return tiles[tile * FIELDS + FIRST_ITEM];
  }

  /// One past the tile's last item.
  int lastItem(int tile) {
    return tile + 1 == tileCount ? itemCount : firstItem(tile + 1);
  }

  /// The widest row of values in the batch.
  int width() {
    return width;
  }
}
