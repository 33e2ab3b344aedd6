package engram.inference.cache;

import engram.inference.kernel.PageEntries;
import engram.inference.kernel.PageFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The pages of one layer and KV head of a sequence: entries in a row, the last page maybe not
/// full. Positions ascend.
final class PageTable {
  static final int TOKENS = PageFormat.TOKENS;

  int[] pages = new int[4];
  int pageCount;
  int entries;

  /// Pages already taken for entries to come, at the end of `pages`.
  int filledPages() {
    return (entries + TOKENS - 1) / TOKENS;
  }

  /// Positions that follow those of the entries.
  void requireAscending(PagePool pool, MemorySegment positions, int tokens) {
    int last = entries == 0 ? -1 : position(pool, entries - 1);
    for (int t = 0; t < tokens; t++) {
      int position = positions.getAtIndex(ValueLayout.JAVA_INT, t);
      if (position <= last) {
        throw new IllegalArgumentException("position " + position + " after " + last);
      }
      last = position;
    }
  }

  void addPage(int page) {
    if (pageCount == pages.length) {
      pages = Arrays.copyOf(pages, 2 * pageCount);
    }
    pages[pageCount++] = page;
  }

  int position(PagePool pool, int entry) {
    return PageEntries.position(pool.format(), page(pool, entry), entry % TOKENS);
  }

  MemorySegment page(PagePool pool, int entry) {
    return pool.page(pages[entry / TOKENS]);
  }

  /// Entries with a position below `end`: positions ascend, so a binary search.
  int entriesBefore(PagePool pool, int end) {
    int low = 0;
    int high = entries;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (position(pool, middle) < end) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Moves entries forwards so that those of `kept` stand in a row from `from` on; what they leave
  /// is empty. What is kept never stands before where it goes, so it is done in place.
  void pack(PagePool pool, int[] kept, int from) {
    for (int i = from; i < kept.length; i++) {
      if (kept[i] != i) {
        PageEntries.copy(
            pool.format(), page(pool, kept[i]), kept[i] % TOKENS, page(pool, i), i % TOKENS);
      }
    }
    clear(pool, kept.length);
  }

  /// Marks the entries from `from` to the end of its page as empty.
  void clear(PagePool pool, int from) {
    int end = Math.min(entries, (from + TOKENS - 1) / TOKENS * TOKENS);
    for (int entry = from; entry < end; entry++) {
      PageEntries.setPosition(pool.format(), page(pool, entry), entry % TOKENS, PageFormat.EMPTY);
    }
  }

  /// The same entries in new hands; a last page that is not full goes along, and is copied by
  /// whoever writes to it first.
  void shareInto(PageTable to, PagePool pool) {
    for (int i = 0; i < filledPages(); i++) {
      pool.retain(pages[i]);
      to.addPage(pages[i]);
    }
    to.entries = entries;
  }

  void release(PagePool pool, int fromPage) {
    for (int i = fromPage; i < pageCount; i++) {
      pool.release(pages[i]);
    }
    pageCount = Math.min(pageCount, fromPage);
  }
}
