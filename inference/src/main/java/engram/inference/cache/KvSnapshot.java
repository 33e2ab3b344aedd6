package engram.inference.cache;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A sequence's entries as bytes, as stored, for another tier: the lists' sizes, then their pages.
///
/// Threads: the sequence's.
public final class KvSnapshot {
  private static final int TOKENS = PageTable.TOKENS;

  private KvSnapshot() {}

  /// Bytes of [#write].
  public static long bytes(KvSequence sequence) {
    long pages = 0;
    for (PageTable table : sequence.tables()) {
      pages += table.filledPages();
    }
    return 4L * sequence.tables().length + pages * sequence.pool().format().bytes();
  }

  /// @param to of at least [#bytes]
  public static void write(KvSequence sequence, MemorySegment to) {
    long needed = bytes(sequence);
    if (to.byteSize() < needed) {
      throw new IllegalArgumentException(to.byteSize() + " bytes for " + needed);
    }
    PageTable[] tables = sequence.tables();
    long at = 4L * tables.length;
    for (int i = 0; i < tables.length; i++) {
      to.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, tables[i].entries);
    }
    for (PageTable table : tables) {
      for (int i = 0; i < table.filledPages(); i++) {
        MemorySegment page = sequence.pool().page(table.pages[i]);
        MemorySegment.copy(page, 0, to, at, page.byteSize());
        at += page.byteSize();
      }
    }
  }

  /// A sequence from what [#write] made of one of the same layout.
  ///
  /// @throws KvCacheFullException if there is no room
  /// @throws IllegalArgumentException if `from` is too short for the sizes that it names
  public static KvSequence read(PagePool pool, MemorySegment from) {
    KvSequence sequence = new KvSequence(pool);
    PageTable[] tables = sequence.tables();
    long at = 4L * tables.length;
    long pageBytes = pool.format().bytes();
    long pages = 0;
    for (int i = 0; i < tables.length; i++) {
      int entries = at > from.byteSize() ? -1 : from.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
      pages += entries < 0 ? Long.MAX_VALUE / 2 / tables.length : (entries + 31L) / TOKENS;
    }
    if (at > from.byteSize() || pages > (from.byteSize() - at) / pageBytes) {
      throw new IllegalArgumentException(
          "a snapshot of " + from.byteSize() + " bytes is too short for its sizes");
    }
    int[] taken = sequence.take((int) pages);
    int next = 0;
    for (int i = 0; i < tables.length; i++) {
      tables[i].entries = from.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
      int count = (tables[i].entries + TOKENS - 1) / TOKENS;
      for (int p = 0; p < count; p++) {
        MemorySegment.copy(from, at, pool.page(taken[next]), 0, pageBytes);
        tables[i].addPage(taken[next++]);
        at += pageBytes;
      }
    }
    return sequence;
  }
}
