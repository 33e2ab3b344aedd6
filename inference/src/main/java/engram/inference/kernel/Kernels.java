package engram.inference.kernel;

import java.lang.foreign.MemorySegment;

/// All arithmetic of a forward pass but attention: checks bounds, shares work out, calls the
/// [Backend].
///
/// Tensors are floats outside the heap, row-major and without gaps unless a stride is named, read
/// and written from the segment's start; slice for an offset. Shapes: `T` tokens, `K` columns and
/// `N` rows of weights, `C` model width, `H` heads, `D` head width.
///
/// A token's result does not depend on the other tokens of a call, bit for bit; nor on how many
/// threads there are.
///
/// Threads: any; products take turns. A call for one token allocates nothing. Errors:
/// `IllegalArgumentException` for a segment that is too short, closed or on the heap.
public final class Kernels implements AutoCloseable {
  // Less than this is done by the caller: waking a thread costs about as much.
  private static final long ALONE = 1 << 15;
  private static final int ITEMS_PER_THREAD = 8;

  private final Backend backend;
  private final WorkerPool pool;
  private final Product product;

  /// @param pool closed with this
  public Kernels(Backend backend, WorkerPool pool) {
    this.backend = backend;
    this.pool = pool;
    product = new Product(backend, pool);
  }

  public Backend backend() {
    return backend;
  }

  public WorkerPool pool() {
    return pool;
  }

  /// The best backend of this machine with a thread per core; says once in the log which and why.
  public static Kernels load() {
    return new Kernels(Backends.best().backend(), WorkerPool.forThisMachine());
  }

  /// What was chosen and why, for those who operate the service.
  public String description() {
    return backend.name() + ", " + pool.threads() + " threads";
  }

  /// `y = x w^T` for `T` rows of x.
  public void matmul(PackedWeights weights, MemorySegment x, MemorySegment y, int tokens) {
    check("y", y, (long) tokens * weights.rows());
    synchronized (product) {
      product.begin(x, tokens, weights.columns());
      product.add(weights, y.address(), weights.rows(), 0);
      product.finish();
    }
  }

  /// Several products with the same activations: these are quantised once, and all the weights are
  /// one piece of work.
  ///
  /// @throws IllegalArgumentException if the projections differ in their columns
  public void matmul(Projection[] projections, MemorySegment x, int tokens) {
    if (projections.length == 0) {
      return;
    }
    synchronized (product) {
      product.begin(x, tokens, projections[0].weights().columns());
      for (Projection projection : projections) {
        PackedWeights weights = projection.weights();
        long needed = tokens == 0 ? 0 : (tokens - 1) * projection.yStride() + weights.rows();
        check("y", projection.y(), needed);
        product.add(
            weights, projection.y().address(), projection.yStride(), projection.biasAddress());
      }
      product.finish();
    }
  }

  /// Row `ids[t]` of a table of embeddings, as floats, to row `t` of `y [T, C]`.
  ///
  /// @throws IndexOutOfBoundsException if an id is no row of the table
  public void embed(PackedWeights table, int[] ids, MemorySegment y) {
    long to = check("y", y, (long) ids.length * table.columns());
    for (int t = 0; t < ids.length; t++) {
      if (ids[t] < 0 || ids[t] >= table.rows()) {
        throw new IndexOutOfBoundsException("token " + ids[t] + " not in 0.." + (table.rows() - 1));
      }
      Packing.unpackRow(table, ids[t], to + 4L * t * table.columns());
    }
  }

  /// `y = x w / sqrt(mean(x^2) + epsilon)` for each row; y may be x. Zhang & Sennrich 2019.
  public void rmsNorm(
      MemorySegment x, MemorySegment weight, MemorySegment y, int rows, int width, float epsilon) {
    rmsNorm(x, width, weight, y, width, rows, width, epsilon);
  }

  /// As above, with rows that lie `xStride` and `yStride` floats apart: the heads of some of the
  /// rows of a wider matrix.
  public void rmsNorm(
      MemorySegment x,
      long xStride,
      MemorySegment weight,
      MemorySegment y,
      long yStride,
      int rows,
      int width,
      float epsilon) {
    long from = check("x", x, span(rows, xStride, width));
    long to = check("y", y, span(rows, yStride, width));
    long w = check("weight", weight, width);
    if ((long) rows * width < ALONE) {
      backend.rmsNorm(from, xStride, w, to, yStride, rows, width, epsilon);
      return;
    }
    byRows(
        rows,
        (first, count) ->
            backend.rmsNorm(
                from + 4 * first * xStride,
                xStride,
                w,
                to + 4 * first * yStride,
                yStride,
                count,
                width,
                epsilon));
  }

  /// `y = w (x - mean) / sqrt(variance + epsilon) + bias` for each row; y may be x. Ba, Kiros &
  /// Hinton 2016.
  public void layerNorm(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      int rows,
      int width,
      float epsilon) {
    long from = check("x", x, (long) rows * width);
    long to = check("y", y, (long) rows * width);
    long w = check("weight", weight, width);
    long b = check("bias", bias, width);
    if ((long) rows * width < ALONE) {
      backend.layerNorm(from, w, b, to, rows, width, epsilon);
      return;
    }
    byRows(
        rows,
        (first, count) ->
            backend.layerNorm(
                from + 4L * first * width, w, b, to + 4L * first * width, count, width, epsilon));
  }

  /// The turns of [#rope] for some tokens, `[T, rotary / 2, 2]`: made once, used by all layers.
  ///
  /// @param inverseFrequencies `[rotary / 2]`, radians per position, scaling applied
  /// @param magnitude factor on cosine and sine (YaRN's attention factor); else 1
  public static void rotations(
      int[] positions, float[] inverseFrequencies, float magnitude, MemorySegment to) {
    int half = inverseFrequencies.length;
    long at = check("rotations", to, 2L * positions.length * half);
    for (int t = 0; t < positions.length; t++) {
      for (int i = 0; i < half; i++) {
        double angle = (double) positions[t] * inverseFrequencies[i];
        long turn = at + 8 * ((long) t * half + i);
        RawMemory.setFloat(turn, (float) (Math.cos(angle) * magnitude));
        RawMemory.setFloat(turn + 4, (float) (Math.sin(angle) * magnitude));
      }
    }
  }

  /// Rotates the first `rotary` numbers of each head of `x [T, H, D]` in place. Su et al. 2021.
  ///
  /// @param stride floats between tokens of x
  public void rope(
      RopeStyle style,
      MemorySegment x,
      long stride,
      MemorySegment rotations,
      int tokens,
      int heads,
      int headDim,
      int rotary) {
    if (rotary < 0 || rotary > headDim || rotary % 2 != 0) {
      throw new IllegalArgumentException("rotary " + rotary + " not even in 0.." + headDim);
    }
    long at = check("x", x, span(tokens, stride, (long) heads * headDim));
    long turns = check("rotations", rotations, (long) tokens * rotary);
    if ((long) tokens * heads * headDim < ALONE) {
      backend.rope(style, at, stride, turns, tokens, heads, headDim, rotary);
      return;
    }
    byRows(
        tokens,
        (first, count) ->
            backend.rope(
                style,
                at + 4 * first * stride,
                stride,
                turns + 4L * first * rotary,
                count,
                heads,
                headDim,
                rotary));
  }

  /// `y[t, i] = f(gate[t, i]) up[t, i]`; y may be gate or up.
  ///
  /// @param stride floats between rows of gate and of up (which may be halves of one matrix)
  public void gate(
      Activation f,
      MemorySegment gate,
      MemorySegment up,
      long stride,
      MemorySegment y,
      long yStride,
      int rows,
      int width) {
    long g = check("gate", gate, span(rows, stride, width));
    long u = check("up", up, span(rows, stride, width));
    long to = check("y", y, span(rows, yStride, width));
    if ((long) rows * width < ALONE) {
      backend.gate(f, g, u, stride, to, yStride, rows, width);
      return;
    }
    byRows(
        rows,
        (first, count) ->
            backend.gate(
                f,
                g + 4 * first * stride,
                u + 4 * first * stride,
                stride,
                to + 4 * first * yStride,
                yStride,
                count,
                width));
  }

  /// `y = f(x)`; y may be x.
  public void activate(Activation f, MemorySegment x, MemorySegment y, long count) {
    long from = check("x", x, count);
    long to = check("y", y, count);
    backend.activate(f, from, to, count);
  }

  /// `y += x`.
  public void add(MemorySegment x, MemorySegment y, long count) {
    add(x, 1, y, count);
  }

  /// `y += scale x`.
  public void add(MemorySegment x, float scale, MemorySegment y, long count) {
    backend.add(check("x", x, count), scale, check("y", y, count), count);
  }

  /// `x = cap tanh(x / cap)`, as Gemma 2 has it.
  public void softcap(MemorySegment x, float cap, long count) {
    if (!(cap > 0)) {
      throw new IllegalArgumentException("cap " + cap + " not above 0");
    }
    backend.softcap(check("x", x, count), cap, count);
  }

  /// Each row to probabilities, in place.
  public void softmax(MemorySegment x, int rows, int width) {
    backend.softmax(check("x", x, (long) rows * width), rows, width);
  }

  @Override
  public void close() {
    pool.close();
    product.close();
  }

  private static long check(String name, MemorySegment segment, long floats) {
    return RawMemory.address(name, segment, 4 * floats);
  }

  private static long span(int rows, long stride, long width) {
    return rows == 0 ? 0 : (rows - 1) * stride + width;
  }

  private interface Rows {
    void run(long first, int count);
  }

  private void byRows(int rows, Rows task) {
    int items = Math.min(rows, pool.threads() * ITEMS_PER_THREAD);
    pool.run(
        items,
        (item, worker) -> {
          int first = (int) ((long) rows * item / items);
          int last = (int) ((long) rows * (item + 1) / items);
          task.run(first, last - first);
        });
  }
}
