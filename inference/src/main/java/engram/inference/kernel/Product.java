package engram.inference.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// One call's products with the same activations: kept by [Kernels] so that a call allocates
/// nothing.
///
/// Threads: one call at a time; its items on all of the pool's.
final class Product implements WorkerPool.Task, AutoCloseable {
  // Less than this is done by the caller: waking a thread costs about as much.
  private static final long ALONE = 1 << 15;
  private static final int ITEMS_PER_THREAD = 8;
  private static final int TOKENS_AT_ONCE = 512;

  private final Backend backend;
  private final WorkerPool pool;
  private PackedWeights[] weights = new PackedWeights[8];
  private long[] ys = new long[8];
  private long[] strides = new long[8];
  private long[] biases = new long[8];
  private int count;
  private int tokens;
  private int columns;
  private boolean codes;
  private long x;
  private int panels;
  private int panelsPerItem;
  private int firstToken;
  private int lastToken;

  private MemorySegment scratch = MemorySegment.NULL;
  private Arena scratchArena = Arena.ofShared();
  private long xCodes;
  private long xScales;
  private long xSums;
  private final WorkerPool.Task quantize = this::quantize;
  private int rowsPerItem;

  /// @param backend and pool stay the caller's
  Product(Backend backend, WorkerPool pool) {
    this.backend = backend;
    this.pool = pool;
  }

  void begin(MemorySegment x, int tokens, int columns) {
    if (tokens < 0) {
      throw new IllegalArgumentException("tokens " + tokens + " below 0");
    }
    this.x = RawMemory.address("x", x, 4L * tokens * columns);
    this.tokens = tokens;
    this.columns = columns;
    count = 0;
    panels = 0;
    codes = false;
  }

  void add(PackedWeights added, long y, long stride, long bias) {
    if (added.columns() != columns) {
      throw new IllegalArgumentException(
          "weights of " + added.columns() + " columns beside " + columns);
    }
    if (count == weights.length) {
      weights = Arrays.copyOf(weights, 2 * count);
      ys = Arrays.copyOf(ys, 2 * count);
      strides = Arrays.copyOf(strides, 2 * count);
      biases = Arrays.copyOf(biases, 2 * count);
    }
    weights[count] = added;
    ys[count] = y;
    strides[count] = stride;
    biases[count] = bias;
    count++;
    panels += added.panels();
    codes |= added.format().codes();
    added.address(); // still open
  }

  void finish() {
    if (tokens == 0) {
      return;
    }
    if (codes) {
      quantizeAll();
    }
    // Pairs of panels: the C kernels take two at a time.
    int items = pool.threads() == 1 ? 1 : pool.threads() * ITEMS_PER_THREAD;
    panelsPerItem = Math.max(2, (panels / items + 1) / 2 * 2);
    for (firstToken = 0; firstToken < tokens; firstToken = lastToken) {
      lastToken = Math.min(tokens, firstToken + TOKENS_AT_ONCE);
      pool.run((panels + panelsPerItem - 1) / panelsPerItem, this);
    }
    Arrays.fill(weights, 0, count, null);
  }

  private void quantizeAll() {
    long blocks = columns / PanelFormat.BLOCK;
    long needed = tokens * (columns + 12 * blocks) + 3 * RawMemory.ALIGNMENT;
    if (scratch.byteSize() < needed) {
      scratch = MemorySegment.NULL; // never freed memory, should the next line find none
      scratchArena.close();
      scratchArena = Arena.ofShared();
      scratch = scratchArena.allocate(needed + needed / 2, RawMemory.ALIGNMENT);
    }
    xCodes = scratch.address();
    xScales = align(xCodes + (long) tokens * columns);
    xSums = align(xScales + 4L * tokens * blocks);
    if ((long) tokens * columns < ALONE) {
      backend.quantize(x, columns, 0, tokens, xCodes, xScales, xSums);
      return;
    }
    int items = Math.min(tokens, pool.threads() * ITEMS_PER_THREAD);
    rowsPerItem = (tokens + items - 1) / items;
    pool.run((tokens + rowsPerItem - 1) / rowsPerItem, quantize);
  }

  private void quantize(int item, int worker) {
    int first = item * rowsPerItem;
    int last = Math.min(tokens, first + rowsPerItem);
    backend.quantize(x, columns, first, last, xCodes, xScales, xSums);
  }

  @Override
  public void run(int item, int worker) {
    int first = item * panelsPerItem;
    int last = Math.min(panels, first + panelsPerItem);
    int before = 0;
    for (int i = 0; i < count; i++) {
      int own = weights[i].panels();
      int from = Math.max(0, first - before);
      int to = Math.min(own, last - before);
      if (from < to) {
        some(i, from, to);
      }
      before += own;
    }
  }

  private void some(int i, int from, int to) {
    long blocks = columns / PanelFormat.BLOCK;
    boolean coded = weights[i].format().codes();
    backend.matmul(
        weights[i],
        from,
        to,
        coded ? xCodes + (long) firstToken * columns : x + 4L * firstToken * columns,
        xScales + 4L * firstToken * blocks,
        xSums + 8L * firstToken * blocks,
        lastToken - firstToken,
        ys[i] + 4L * firstToken * strides[i],
        strides[i],
        biases[i]);
  }

  @Override
  public void close() {
    synchronized (this) {
      scratchArena.close();
    }
  }

  private static long align(long address) {
    return (address + RawMemory.ALIGNMENT - 1) & -RawMemory.ALIGNMENT;
  }
}
