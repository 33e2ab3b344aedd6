package engram.inference.cache;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A sequence's entries as bytes, as stored, for another tier: the lists' sizes, then their pages;
/// or what of them follows the first ones.
///
/// Threads: the sequence's.
public final class KvSnapshot {
  private static final int TOKENS = PageTable.TOKENS;

  private KvSnapshot() {}

  /// Bytes of [#write].
  public static long bytes(KvSequence sequence, int from) {
    long pages = 0;
    for (PageTable table : sequence.tables()) {
      pages += table.filledPages() - firstPage(table, from);
    }
    return 4L * sequence.tables().length + pages * sequence.pool().format().bytes();
  }

  private static int firstPage(PageTable table, int from) {
    if (from < 0 || from % TOKENS != 0 || from > table.entries) {
      throw new IllegalArgumentException(
          "from %d is not within [0, %d], or not the start of a page of %d"
              .formatted(from, table.entries, TOKENS));
    }
    return from / TOKENS;
  }

  /// @param from entries at the beginning of each list that are left out, whole pages
  /// @param to of at least [#bytes]
  public static void write(KvSequence sequence, int from, MemorySegment to) {
    long needed = bytes(sequence, from);
    if (to.byteSize() < needed) {
      throw new IllegalArgumentException(to.byteSize() + " bytes for " + needed);
    }
    PageTable[] tables = sequence.tables();
    long at = 4L * tables.length;
    for (int i = 0; i < tables.length; i++) {
      to.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, tables[i].entries - from);
    }
    for (PageTable table : tables) {
      for (int i = firstPage(table, from); i < table.filledPages(); i++) {
        MemorySegment page = sequence.pool().page(table.pages[i]);
        MemorySegment.copy(page, 0, to, at, page.byteSize());
        at += page.byteSize();
      }
    }
  }

  /// Appends what [#write] made of a sequence of the same layout to what was left out there: a new
  /// sequence, or one with those entries.
  ///
  /// @throws KvCacheFullException if there is no room; nothing was changed
  /// @throws IllegalArgumentException if `from` is too short for the sizes that it names, or the
  ///   sequence's last pages are not whole
  public static void append(KvSequence sequence, MemorySegment from) {
    PagePool pool = sequence.pool();
    PageTable[] tables = sequence.tables();
    long at = 4L * tables.length;
    long pageBytes = pool.format().bytes();
    long pages = 0;
    for (int i = 0; i < tables.length; i++) {
      int entries = at > from.byteSize() ? -1 : from.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
      pages += entries < 0 ? Long.MAX_VALUE / 2 / tables.length : (entries + 31L) / TOKENS;
      if (tables[i].entries % TOKENS != 0 || tables[i].pageCount != tables[i].filledPages()) {
        throw new IllegalArgumentException(
            "list %d ends within a page: %d entries".formatted(i, tables[i].entries));
      }
    }
    if (at > from.byteSize() || pages > (from.byteSize() - at) / pageBytes) {
      throw new IllegalArgumentException(
          "a snapshot of " + from.byteSize() + " bytes is too short for its sizes");
    }
    int[] taken = sequence.take((int) pages);
    int next = 0;
    for (int i = 0; i < tables.length; i++) {
      int entries = from.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
      int count = (entries + TOKENS - 1) / TOKENS;
      tables[i].entries += entries;
      for (int p = 0; p < count; p++) {
        MemorySegment.copy(from, at, pool.page(taken[next]), 0, pageBytes);
        tables[i].addPage(taken[next++]);
        at += pageBytes;
      }
    }
  }
}
