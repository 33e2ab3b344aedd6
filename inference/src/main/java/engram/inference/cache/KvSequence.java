package engram.inference.cache;

import engram.inference.kernel.Backend;
import engram.inference.kernel.PageEntries;
import engram.inference.kernel.PageFormat;
import engram.inference.kernel.RawMemory;
import java.lang.foreign.MemorySegment;

/// What a sequence of tokens left in the cache: for each layer and KV head a list of entries, each
/// a key, a value and its position.
///
/// Lists may differ ("ragged"): a policy may keep other entries for each head. Within a list
/// positions ascend. Pages may be shared with other sequences ([#fork]); whoever writes copies.
///
/// A step of the engine is: [#reserve] room for its tokens, then for each layer [#append] and
/// attention.
///
/// Threads: one caller at a time; `append` for different heads may run at the same time. Errors:
/// [KvCacheFullException] where the pool's budget has no room, and nothing was changed.
public final class KvSequence implements AutoCloseable {
  private static final int TOKENS = PageFormat.TOKENS;

  private final PagePool pool;
  private final int kvHeads;
  private final PageTable[] tables;
  private boolean closed;

  public KvSequence(PagePool pool) {
    this.pool = pool;
    kvHeads = pool.layout().kvHeads();
    tables = new PageTable[pool.layout().layers() * kvHeads];
    for (int i = 0; i < tables.length; i++) {
      tables[i] = new PageTable();
    }
  }

  public PagePool pool() {
    return pool;
  }

  /// Entries of one list.
  public int entries(int layer, int kvHead) {
    return table(layer, kvHead).entries;
  }

  /// Pages that hold entries of one list; entry `i` is slot `i % 32` of page `i / 32`.
  public int pages(int layer, int kvHead) {
    return table(layer, kvHead).filledPages();
  }

  /// The number of page `index` of a list in the pool.
  public int page(int layer, int kvHead, int index) {
    return table(layer, kvHead).pages[index];
  }

  /// Bytes of all pages that this sequence holds, shared ones too.
  public long heldBytes() {
    long pages = 0;
    for (PageTable table : tables) {
      pages += table.pageCount;
    }
    return pages * pool.format().bytes();
  }

  /// Bytes that closing this sequence would free.
  public long ownBytes() {
    long pages = 0;
    for (PageTable table : tables) {
      for (int i = 0; i < table.pageCount; i++) {
        pages += pool.shared(table.pages[i]) ? 0 : 1;
      }
    }
    return pages * pool.format().bytes();
  }

  /// Pages that [#reserve] would take for this many tokens.
  public int pagesNeeded(int tokens) {
    int needed = 0;
    for (PageTable table : tables) {
      needed += newPages(table, tokens) + (copiesLast(table, tokens) ? 1 : 0);
    }
    return needed;
  }

  /// Makes room for `tokens` more entries in every list, copying a shared last page; then [#append]
  /// of as many cannot fail. False, and nothing changed, if the budget has no room.
  public boolean reserve(int tokens) {
    check();
    if (tokens < 0) {
      throw new IllegalArgumentException("tokens " + tokens + " below 0");
    }
    int needed = pagesNeeded(tokens);
    if (needed == 0) {
      return true;
    }
    int[] taken = new int[needed];
    if (!pool.take(taken, needed)) {
      return false;
    }
    int next = 0;
    for (PageTable table : tables) {
      next = place(table, tokens, taken, next);
    }
    return true;
  }

  /// Puts pages where a table needs them for more tokens.
  ///
  /// @return the first of `taken` that is left
  private int place(PageTable table, int tokens, int[] taken, int from) {
    int next = from;
    if (copiesLast(table, tokens)) {
      unshare(table, table.entries / TOKENS, taken[next++]);
    }
    for (int more = newPages(table, tokens); more > 0; more--) {
      table.addPage(taken[next++]);
    }
    return next;
  }

  private static int newPages(PageTable table, int tokens) {
    return Math.max(0, (table.entries + tokens + TOKENS - 1) / TOKENS - table.pageCount);
  }

  private boolean copiesLast(PageTable table, int tokens) {
    return tokens > 0
        && table.entries % TOKENS != 0
        && pool.shared(table.pages[table.entries / TOKENS]);
  }

  /// Puts a page of its own in the place of a shared one.
  private void unshare(PageTable table, int at, int fresh) {
    pool.page(fresh).copyFrom(pool.page(table.pages[at]));
    pool.release(table.pages[at]);
    table.pages[at] = fresh;
  }

  /// Appends `tokens` entries to all lists of a layer.
  ///
  /// @param k `[T, Hkv, D]` floats, token `t` at `t stride`; keys already rotated
  /// @param v alike
  /// @param positions `int[T]`, ascending, and above those that the lists hold
  /// @throws KvCacheFullException if not enough was reserved and the budget has no room
  public void append(
      Backend backend,
      int layer,
      MemorySegment k,
      MemorySegment v,
      long stride,
      MemorySegment positions,
      int tokens) {
    for (int head = 0; head < kvHeads; head++) {
      append(backend, layer, head, k, v, stride, positions, tokens);
    }
  }

  /// As above for one head: `k` and `v` are still those of all heads.
  public void append(
      Backend backend,
      int layer,
      int kvHead,
      MemorySegment k,
      MemorySegment v,
      long stride,
      MemorySegment positions,
      int tokens) {
    check();
    PageTable table = table(layer, kvHead);
    if (tokens == 0) {
      return;
    }
    PageFormat format = pool.format();
    long floats = (tokens - 1) * stride + (long) kvHeads * format.headDim();
    long headOffset = 4L * kvHead * format.headDim();
    long from = RawMemory.address("k", k, 4 * floats) + headOffset;
    long values = RawMemory.address("v", v, 4 * floats) + headOffset;
    long at = RawMemory.address("positions", positions, 4L * tokens);
    table.requireAscending(pool, positions, tokens);
    ensure(table, tokens);
    int done = 0;
    while (done < tokens) {
      int slot = table.entries % TOKENS;
      int count = Math.min(TOKENS - slot, tokens - done);
      long page = table.page(pool, table.entries).address();
      long offset = 4L * done * stride;
      backend.store(
          format, page, slot, count, from + offset, values + offset, stride, at + 4L * done);
      table.entries += count;
      done += count;
    }
  }

  private void ensure(PageTable table, int tokens) {
    int needed = newPages(table, tokens) + (copiesLast(table, tokens) ? 1 : 0);
    if (needed > 0) {
      place(table, tokens, take(needed), 0);
    }
  }

  int[] take(int count) {
    int[] taken = new int[count];
    if (!pool.take(taken, count)) {
      throw new KvCacheFullException(count, pool);
    }
    return taken;
  }

  /// Another sequence with the same entries: pages are shared until one of them writes.
  public KvSequence fork() {
    return fork(Integer.MAX_VALUE);
  }

  /// Another sequence with the entries of positions below `end`. Whole pages are shared; of a page
  /// that is cut in the middle the first part is copied.
  ///
  /// @throws KvCacheFullException if there is no room for the copies
  public KvSequence fork(int end) {
    check();
    KvSequence fork = new KvSequence(pool);
    for (int i = 0; i < tables.length; i++) {
      tables[i].shareInto(fork.tables[i], pool);
    }
    try {
      fork.truncate(end);
    } catch (KvCacheFullException e) {
      fork.close();
      throw e;
    }
    return fork;
  }

  /// Drops the entries of positions from `end` on, as when a draft is rejected; pages that become
  /// empty are freed, reserved ones too.
  ///
  /// @throws KvCacheFullException if a shared page would have to be copied and there is no room
  public void truncate(int end) {
    check();
    int copies = 0;
    for (PageTable table : tables) {
      int left = table.entriesBefore(pool, end);
      copies += left < table.entries && cutsShared(table, left) ? 1 : 0;
    }
    int[] taken = take(copies);
    int next = 0;
    for (PageTable table : tables) {
      int left = table.entriesBefore(pool, end);
      if (left < table.entries) {
        if (cutsShared(table, left)) {
          unshare(table, left / TOKENS, taken[next++]);
        }
        table.clear(pool, left);
        table.entries = left;
      }
      table.release(pool, table.filledPages());
    }
  }

  private boolean cutsShared(PageTable table, int left) {
    return left % TOKENS != 0 && pool.shared(table.pages[left / TOKENS]);
  }

  /// Keeps only the given entries of one list. Leading pages that stay whole stay shared; the rest
  /// is packed, in place where it is this sequence's alone, and what is left over is freed.
  ///
  /// @param kept indices of entries, ascending
  /// @throws KvCacheFullException if shared pages must be copied and there is no room for that;
  ///   entries are then as they were
  public void keep(int layer, int kvHead, int[] kept) {
    check();
    PageTable table = table(layer, kvHead);
    int same = 0;
    for (int i = 0; i < kept.length; i++) {
      if (kept[i] < 0 || kept[i] >= table.entries || (i > 0 && kept[i] <= kept[i - 1])) {
        throw new IllegalArgumentException(
            "kept[" + i + "] = " + kept[i] + " not ascending in 0.." + (table.entries - 1));
      }
      same += kept[i] == i ? 1 : 0;
    }
    int wholePages = kept.length == table.entries ? table.filledPages() : same / TOKENS;
    int pages = (kept.length + TOKENS - 1) / TOKENS;
    for (int page = wholePages; page < pages; page++) {
      if (pool.shared(table.pages[page])) {
        unshare(table, page, take(1)[0]);
      }
    }
    table.pack(pool, kept, wholePages * TOKENS);
    table.release(pool, pages);
    table.entries = kept.length;
  }

  /// Position of entry `index` of a list.
  public int position(int layer, int kvHead, int index) {
    PageTable table = table(layer, kvHead);
    checkEntry(table, index);
    return table.position(pool, index);
  }

  /// Entries of one list whose positions are below `end`.
  public int entriesBefore(int layer, int kvHead, int end) {
    return table(layer, kvHead).entriesBefore(pool, end);
  }

  /// Positions of one list.
  public int[] positions(int layer, int kvHead) {
    PageTable table = table(layer, kvHead);
    int[] positions = new int[table.entries];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = table.position(pool, i);
    }
    return positions;
  }

  /// Entry `index` of a list as floats, `[D]` each.
  public void read(
      Backend backend, int layer, int kvHead, int index, MemorySegment k, MemorySegment v) {
    PageTable table = table(layer, kvHead);
    checkEntry(table, index);
    long bytes = 4L * pool.format().headDim();
    backend.load(
        pool.format(),
        table.page(pool, index).address(),
        index % TOKENS,
        RawMemory.address("k", k, bytes),
        RawMemory.address("v", v, bytes));
  }

  /// Overwrites entry `index` of a list, as when entries are merged or keys rotated anew. Positions
  /// must still ascend.
  public void write(
      Backend backend,
      int layer,
      int kvHead,
      int index,
      MemorySegment k,
      MemorySegment v,
      int position) {
    check();
    PageTable table = table(layer, kvHead);
    checkEntry(table, index);
    if ((index > 0 && table.position(pool, index - 1) >= position)
        || (index + 1 < table.entries && table.position(pool, index + 1) <= position)) {
      throw new IllegalArgumentException("position " + position + " at " + index + " not in order");
    }
    int at = index / TOKENS;
    if (pool.shared(table.pages[at])) {
      unshare(table, at, take(1)[0]);
    }
    long bytes = 4L * pool.format().headDim();
    MemorySegment page = table.page(pool, index);
    long positions = page.address() + pool.format().positionsOffset() + 4L * (index % TOKENS);
    PageEntries.setPosition(pool.format(), page, index % TOKENS, position);
    backend.store(
        pool.format(),
        page.address(),
        index % TOKENS,
        1,
        RawMemory.address("k", k, bytes),
        RawMemory.address("v", v, bytes),
        0,
        positions);
  }

  private static void checkEntry(PageTable table, int index) {
    if (index < 0 || index >= table.entries) {
      throw new IndexOutOfBoundsException("entry " + index + " not in 0.." + (table.entries - 1));
    }
  }

  PageTable[] tables() {
    check();
    return tables;
  }

  private PageTable table(int layer, int kvHead) {
    if (layer < 0 || layer >= pool.layout().layers() || kvHead < 0 || kvHead >= kvHeads) {
      throw new IndexOutOfBoundsException("layer " + layer + ", kvHead " + kvHead);
    }
    return tables[layer * kvHeads + kvHead];
  }

  private void check() {
    if (closed) {
      throw new IllegalStateException("the sequence is closed");
    }
  }

  /// Gives up all pages; those that nobody else holds are free at once.
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      for (PageTable table : tables) {
        table.release(pool, 0);
        table.entries = 0;
      }
    }
  }
}
