package engram.inference.cache;

import engram.inference.kernel.PageEntries;
import engram.inference.kernel.PageFormat;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The pages of one format: handed out, counted, and given back.
///
/// A page has a number, and as many owners as were told with [#retain]. Its bytes count against the
/// budget while it has one. Freed pages stay warm up to a slack of 1/32 of the budget or 16 MiB;
/// beyond that their memory goes back to the system in whole runs, so resident memory follows what
/// is used.
///
/// Threads: any for the counts; a page's bytes belong to its owners.
public final class PagePool implements AutoCloseable {
  private static final long SLACK_BYTES = 16L << 20;

  private final KvLayout layout;
  private final PageFormat format;
  private final MemoryBudget budget;
  private final long pageBytes;
  private final int capacity;
  private final AddressSpace space;
  private final int slack;

  private int[] owners = new int[64];
  private int[] warm = new int[64];
  private int warmCount;
  private int[] cold = new int[64];
  private int coldCount;
  private int frontier;
  private int live;
  private boolean closed;

  /// @param budget may be shared with other pools; no page is taken yet
  public PagePool(KvLayout layout, MemoryBudget budget) {
    this.layout = layout;
    this.budget = budget;
    format = layout.format();
    pageBytes = format.bytes();
    capacity = (int) Math.min(budget.bytes() / pageBytes, Integer.MAX_VALUE - 8);
    space = new AddressSpace(capacity * pageBytes);
    slack = (int) (Math.max(SLACK_BYTES, budget.bytes() / 32) / pageBytes);
  }

  public KvLayout layout() {
    return layout;
  }

  public PageFormat format() {
    return format;
  }

  public MemoryBudget budget() {
    return budget;
  }

  /// Pages that have an owner.
  public synchronized int livePages() {
    return live;
  }

  public synchronized long usedBytes() {
    return live * pageBytes;
  }

  /// Pages that the budget still has room for.
  public synchronized int freePages() {
    return (int) Math.min(capacity - live, budget.freeBytes() / pageBytes);
  }

  /// Memory that the system holds for this pool, about: used pages and warm ones.
  public synchronized long residentBytes() {
    return (live + warmCount) * pageBytes;
  }

  /// Takes `to.length` pages, empty and with one owner each; or none and says false, if the budget
  /// has no room for all.
  boolean take(int[] to, int count) {
    synchronized (this) {
      check();
      if (count > capacity - live || !budget.take(count * pageBytes)) {
        return false;
      }
      for (int i = 0; i < count; i++) {
        to[i] = takeOne();
      }
      live += count;
    }
    for (int i = 0; i < count; i++) {
      PageEntries.clear(format, page(to[i]));
    }
    return true;
  }

  private int takeOne() {
    int page;
    if (warmCount > 0) {
      page = warm[--warmCount];
    } else if (coldCount > 0) {
      page = cold[--coldCount];
    } else {
      page = frontier++;
      if (page >= owners.length) {
        owners = Arrays.copyOf(owners, Math.max(page + 1, 2 * owners.length));
      }
    }
    owners[page] = 1;
    return page;
  }

  synchronized void retain(int page) {
    check();
    if (owners[page] < 1) {
      throw new IllegalStateException("page " + page + " has no owner");
    }
    owners[page]++;
  }

  synchronized boolean shared(int page) {
    return owners[page] > 1;
  }

  synchronized void release(int page) {
    check();
    if (owners[page] < 1) {
      throw new IllegalStateException("page " + page + " has no owner");
    }
    if (--owners[page] > 0) {
      return;
    }
    live--;
    budget.giveBack(pageBytes);
    if (warmCount == warm.length) {
      warm = Arrays.copyOf(warm, 2 * warmCount);
    }
    warm[warmCount++] = page;
    if (warmCount > slack) {
      trim();
    }
  }

  /// Gives the memory of all free pages back to the system.
  public synchronized void trim() {
    check();
    Arrays.sort(warm, 0, warmCount);
    int first = 0;
    for (int i = 1; i <= warmCount; i++) {
      if (i == warmCount || warm[i] != warm[i - 1] + 1) {
        space.release(warm[first] * pageBytes, (i - first) * pageBytes);
        first = i;
      }
    }
    if (cold.length < coldCount + warmCount) {
      cold = Arrays.copyOf(cold, Math.max(coldCount + warmCount, 2 * cold.length));
    }
    // Descending, so that the lowest are taken first and runs grow at the end.
    for (int i = warmCount - 1; i >= 0; i--) {
      cold[coldCount++] = warm[i];
    }
    warmCount = 0;
  }

  /// A page's bytes.
  public MemorySegment page(int page) {
    return space.memory().asSlice(page * pageBytes, pageBytes);
  }

  /// Where page 0 begins.
  public long address() {
    return space.memory().address();
  }

  private void check() {
    if (closed) {
      throw new IllegalStateException("the page pool is closed");
    }
  }

  /// Gives all memory back. Sequences of this pool must not be used any more.
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      budget.giveBack(live * pageBytes);
      live = 0;
      space.close();
    }
  }
}
