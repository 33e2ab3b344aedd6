package engram.inference.attention;

import engram.inference.cache.KvSequence;
import engram.inference.kernel.Backend;
import engram.inference.kernel.PageFormat;
import engram.inference.kernel.RawMemory;
import engram.inference.kernel.WorkerPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// Attention of a batch of sequences over their cached pages, and the shares it gave.
///
/// Softmax is computed page by page (Dao et al. 2022), in segments of 4096 entries that are merged
/// by their log-sum-exp in order. Segments are cut by entry, not by load: a query's result is the
/// same bit for bit whatever else is in the call, however a prompt was cut into steps, and however
/// many threads there are.
///
/// Threads: any, they take turns. After the first calls `attend` allocates nothing.
public final class Attention implements AutoCloseable {
  private static final long PARTIALS_AT_ONCE = 32L << 20;

  private final Backend backend;
  private final WorkerPool pool;
  private final Plan plan = new Plan();
  private final AttentionBatch none = new AttentionBatch(MemorySegment.NULL);
  private Arena arena = Arena.ofShared();
  private MemorySegment memory = MemorySegment.NULL;

  // One call's arguments: fields, so that a call allocates nothing.
  private AttentionBatch batch = none;
  private @Nullable AttentionShape shape;
  private int layer;
  private MemorySegment q = MemorySegment.NULL;
  private long qStride;
  private MemorySegment out = MemorySegment.NULL;
  private @Nullable MemorySegment lse;
  private long workerBytes;
  private long partialBytes;
  private int waveItem;
  private int waveTile;
  private final WorkerPool.Task attendItem = this::attendItem;
  private final WorkerPool.Task mergeTile = this::mergeTile;

  /// @param pool stays the caller's
  public Attention(Backend backend, WorkerPool pool) {
    this.backend = backend;
    this.pool = pool;
  }

  /// `out[t, h] = sum_j softmax_j(scale q[t, h] k[j]) v[j]` over the entries that query `t` sees; a
  /// query that sees nothing gets zeros.
  ///
  /// @param q `[T, H, D]` floats, rotated; row `t` begins at `t qStride`
  /// @param out `[T, H, D]`; must not overlap q
  /// @param lse `[T, H]`: log of the sum of exponentials, negative infinity where nothing was seen;
  ///   or null
  public synchronized void attend(
      AttentionBatch batch,
      int layer,
      AttentionShape shape,
      MemorySegment q,
      long qStride,
      MemorySegment out,
      @Nullable MemorySegment lse) {
    int rows = batch.rows();
    if (rows == 0) {
      return;
    }
    long rowFloats = (long) shape.heads() * shape.headDim();
    RawMemory.address("q", q, 4 * ((rows - 1) * qStride + rowFloats));
    RawMemory.address("out", out, 4L * rows * rowFloats);
    RawMemory.address("positions", batch.positions(), 4L * rows);
    if (lse != null) {
      RawMemory.address("lse", lse, 4L * rows * shape.heads());
    }
    this.batch = batch;
    this.shape = shape;
    this.layer = layer;
    this.q = q;
    this.qStride = qStride;
    this.out = out;
    this.lse = lse;
    plan.make(batch, layer, shape);
    runWaves(shape);
    this.batch = none;
  }

  /// Some whole tiles at a time: their parts wait in memory until they are merged.
  private void runWaves(AttentionShape shape) {
    int rows = Math.max(Plan.ROWS, shape.heads());
    PageFormat widest =
        new PageFormat(batch.parts.get(0).sequence().pool().format().type(), plan.width());
    workerBytes = align(4L * Plan.SEGMENT_PAGES) + align(Backend.scratchBytes(widest, rows));
    partialBytes = align(4L * rows * (plan.width() + 2L));
    long most = Math.max(1, PARTIALS_AT_ONCE / partialBytes);
    for (int tile = 0; tile < plan.tiles(); ) {
      int end = tile + 1;
      while (end < plan.tiles() && plan.lastItem(end) - plan.firstItem(tile) <= most) {
        end++;
      }
      waveTile = tile;
      waveItem = plan.firstItem(tile);
      int items = plan.lastItem(end - 1) - waveItem;
      reserve(pool.threads() * workerBytes + items * partialBytes);
      pool.run(items, attendItem);
      pool.run(end - tile, mergeTile);
      tile = end;
    }
  }

  private void reserve(long bytes) {
    if (memory.byteSize() < bytes) {
      arena.close();
      arena = Arena.ofShared();
      memory = arena.allocate(bytes + bytes / 4, RawMemory.ALIGNMENT);
    }
  }

  private static long align(long bytes) {
    return (bytes + RawMemory.ALIGNMENT - 1) & -RawMemory.ALIGNMENT;
  }

  private AttentionShape shape() {
    AttentionShape now = shape;
    if (now == null) {
      throw new IllegalStateException("no call");
    }
    return now;
  }

  private long partial(int item) {
    return memory.address() + pool.threads() * workerBytes + (item - waveItem) * partialBytes;
  }

  private void attendItem(int index, int worker) {
    int item = waveItem + index;
    int tile = plan.tileOf(item);
    AttentionShape shape = shape();
    AttentionBatch.Part part = batch.parts.get(plan.part(tile));
    KvSequence sequence = part.sequence();
    PageSelection selection = part.pages();
    int heads = selection == null ? shape.kvHeads() : selection.heads();
    int group = shape.heads() / heads;
    int kvHead = plan.head(tile) / (heads / shape.kvHeads());
    int firstPage = (item - plan.firstItem(tile)) * Plan.SEGMENT_PAGES;
    int pages = Math.min(Plan.SEGMENT_PAGES, plan.pages(tile) - firstPage);
    long ids = worker * workerBytes;
    for (int i = 0; i < pages; i++) {
      int page =
          selection == null
              ? firstPage + i
              : selection.pages()[selection.offsets()[plan.list(tile)] + firstPage + i];
      memory.set(ValueLayout.JAVA_INT, ids + 4L * i, sequence.page(layer, kvHead, page));
    }
    int row = part.firstRow() + plan.first(tile);
    int rows = plan.tokens(tile) * group;
    long partial = partial(item);
    PageFormat format = sequence.pool().format();
    backend.attend(
        format,
        sequence.pool().address(),
        memory.address() + ids,
        pages,
        q.address() + 4 * (row * qStride + (long) plan.head(tile) * group * shape.headDim()),
        qStride,
        batch.positions().address() + 4L * row,
        plan.tokens(tile),
        group,
        part.maskOr(shape.mask()),
        shape.scale(),
        shape.softcap(),
        partial,
        partial + 4L * rows * format.width(),
        partial + 4L * rows * (format.width() + 1L),
        memory.address() + ids + align(4L * Plan.SEGMENT_PAGES));
  }

  private void mergeTile(int index, int worker) {
    int tile = waveTile + index;
    AttentionShape shape = shape();
    AttentionBatch.Part part = batch.parts.get(plan.part(tile));
    PageSelection selection = part.pages();
    int group = shape.heads() / (selection == null ? shape.kvHeads() : selection.heads());
    int rows = plan.tokens(tile) * group;
    int width = part.sequence().pool().format().width();
    int firstItem = plan.firstItem(tile);
    MemorySegment lses = lse;
    for (int row = 0; row < rows; row++) {
      long token = (long) part.firstRow() + plan.first(tile) + row / group;
      long head = (long) plan.head(tile) * group + row % group;
      long to = (token * shape.heads() + head) * shape.headDim();
      float logSum =
          Merge.row(
              partial(firstItem),
              partialBytes,
              plan.lastItem(tile) - firstItem,
              row,
              rows,
              width,
              shape.headDim(),
              out,
              4 * to);
      if (lses != null) {
        lses.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (token * shape.heads() + head), logSum);
      }
    }
  }

  /// What some of the queries gave to each cached entry: `shares[h, j] = sum_t exp(scale q[t, h]
  /// k[j] - lse[t, h])`, by a second pass over the keys with the log-sum-exp that `attend` saved.
  /// One query: its row of attention; the last `w`: what SnapKV asks; all: what H2O asks.
  ///
  /// Exact wherever `attend` saw all pages; under a selection, the shares that the queries would
  /// have given to pages outside it are in it too, measured by the same sum.
  ///
  /// @param part index of the sequence in the batch
  /// @param first first of its queries, counted in the part
  /// @param shares `[H, stride]`, overwritten; row `h` holds the entries of its KV head's list,
  ///   then zeros
  /// @param stride floats of a row, at least 32 for each page of the longest list
  public synchronized void shares(
      AttentionBatch batch,
      int part,
      int layer,
      AttentionShape shape,
      MemorySegment q,
      long qStride,
      MemorySegment lse,
      int first,
      int queries,
      MemorySegment shares,
      long stride) {
    AttentionBatch.Part of = batch.parts.get(part);
    KvSequence sequence = of.sequence();
    PageFormat format = sequence.pool().format();
    if (first < 0 || queries < 0 || first + queries > of.tokens()) {
      throw new IllegalArgumentException(
          "queries " + first + " + " + queries + " of " + of.tokens());
    }
    for (int head = 0; head < shape.kvHeads(); head++) {
      if (stride < 32L * sequence.pages(layer, head)) {
        throw new IllegalArgumentException(
            "stride " + stride + " < 32 x " + sequence.pages(layer, head) + " pages");
      }
    }
    long to = RawMemory.address("shares", shares, 4 * stride * shape.heads());
    shares.asSlice(0, 4 * stride * shape.heads()).fill((byte) 0);
    if (queries == 0) {
      return;
    }
    int row = of.firstRow() + first;
    long rowFloats = (long) shape.heads() * shape.headDim();
    long from = RawMemory.address("q", q, 4 * ((row + queries - 1) * qStride + rowFloats));
    long sums = RawMemory.address("lse", lse, 4L * (row + queries) * shape.heads());
    long positions = batch.positions().address() + 4L * row;
    int segments = 0;
    for (int head = 0; head < shape.kvHeads(); head++) {
      segments = Math.max(segments, segments(sequence.pages(layer, head)));
    }
    int each = segments;
    workerBytes = align(4L * Plan.SEGMENT_PAGES) + align(Backend.scratchBytes(format, Plan.ROWS));
    reserve(pool.threads() * workerBytes);
    pool.run(
        shape.heads() * each,
        (item, worker) -> {
          int head = item / each;
          int kvHead = head / shape.group();
          int firstPage = item % each * Plan.SEGMENT_PAGES;
          int pages = Math.min(Plan.SEGMENT_PAGES, sequence.pages(layer, kvHead) - firstPage);
          long ids = worker * workerBytes;
          for (int i = 0; i < pages; i++) {
            memory.set(
                ValueLayout.JAVA_INT, ids + 4L * i, sequence.page(layer, kvHead, firstPage + i));
          }
          for (int t = 0; t < queries && pages > 0; t += Plan.ROWS) {
            backend.columnSums(
                format,
                sequence.pool().address(),
                memory.address() + ids,
                pages,
                from + 4 * ((row + t) * qStride + (long) head * shape.headDim()),
                qStride,
                positions + 4L * t,
                Math.min(Plan.ROWS, queries - t),
                1,
                shape.mask(),
                shape.scale(),
                shape.softcap(),
                sums + 4L * ((long) (row + t) * shape.heads() + head),
                shape.heads(),
                to + 4 * (head * stride + 32L * firstPage),
                memory.address() + ids + align(4L * Plan.SEGMENT_PAGES));
          }
        });
  }

  private static int segments(int pages) {
    return Math.max(1, (pages + Plan.SEGMENT_PAGES - 1) / Plan.SEGMENT_PAGES);
  }

  @Override
  public synchronized void close() {
    arena.close();
  }
}
