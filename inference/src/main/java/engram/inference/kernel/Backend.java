package engram.inference.kernel;

/// One implementation of all kernels: single-threaded loops over addresses and ranges.
///
/// Callers have checked every bound. The order of floating-point operations that make one number is
/// the same whatever else is in the call: a row's result does not depend on the other rows. A NaN
/// or infinity that goes in comes out as NaN or infinity.
///
/// Threads: any, at the same time, on memory that does not overlap. Nothing is allocated.
public interface Backend {
  /// Such as `avx512-vnni` or `java`.
  String name();

  /// Activations `x[first..last-1, columns]` to signed codes of 8 bits: blocks of 32 share a scale,
  /// `max|x| / 127`, and round half to even.
  ///
  /// @param codes `[T, columns]`, bytes; columns a multiple of 32
  /// @param scales `[T, columns / 32]`, floats
  /// @param sums `[T, columns / 16]`, ints: the codes' sums
  void quantize(long x, int columns, int first, int last, long codes, long scales, long sums);

  /// `y[t, n] = bias[n] + sum_k w[n, k] x[t, k]` for the rows `n` of panels `first..last-1`.
  ///
  /// @param x floats `[T, K]`, or codes from [#quantize] with their scales and sums
  /// @param yStride floats between rows of y
  /// @param bias `[N]`, or 0 for none
  void matmul(
      PackedWeights weights,
      int first,
      int last,
      long x,
      long scales,
      long sums,
      int tokens,
      long y,
      long yStride,
      long bias);

  /// `y = x w / sqrt(mean(x^2) + epsilon)` by rows. Zhang & Sennrich 2019.
  void rmsNorm(
      long x, long xStride, long weight, long y, long yStride, int rows, int width, float epsilon);

  /// `y = w (x - mean) / sqrt(variance + epsilon) + bias` by rows. Ba, Kiros & Hinton 2016.
  void layerNorm(long x, long weight, long bias, long y, int rows, int width, float epsilon);

  /// Rotates the first `rotary` numbers of each head in place. Su et al. 2021.
  ///
  /// @param rotations `[T, rotary / 2, 2]`: cosine and sine
  /// @param stride floats between tokens of x
  void rope(
      RopeStyle style,
      long x,
      long stride,
      long rotations,
      int tokens,
      int heads,
      int headDim,
      int rotary);

  /// `y = f(gate) up`, by rows.
  void gate(
      Activation f, long gate, long up, long stride, long y, long yStride, int rows, int width);

  void activate(Activation f, long x, long y, long count);

  /// `y += x scale`.
  void add(long x, float scale, long y, long count);

  /// `x = cap tanh(x / cap)`.
  void softcap(long x, float cap, long count);

  /// Rows to probabilities; a row of nothing but negative infinities becomes zeros.
  void softmax(long x, int rows, int width);

  /// Writes keys and values of `tokens` tokens into slots `slot..` of a page, with positions.
  ///
  /// @param k floats, `stride` between tokens
  void store(
      PageFormat format,
      long page,
      int slot,
      int tokens,
      long k,
      long v,
      long stride,
      long positions);

  /// Attention of the query heads of one KV head over a list of pages, by online softmax (Milakov &
  /// Gimelshein 2018; Dao et al. 2022), page by page in the list's order.
  ///
  /// Rows are `(token, head of the group)`. Results are not divided: `out` holds `sum_j exp(s_j -
  /// max) v_j`, so parts can be merged.
  ///
  /// @param ids `int[pages]`: page `i` begins at `base + ids[i] * format.bytes()`
  /// @param q row `(t, h)` is at `q + 4 (t qStride + h headDim)`
  /// @param queries positions, `int[tokens]`
  /// @param softcap scores become `softcap tanh(s / softcap)`; 0: none
  /// @param out `[tokens group, width]`; `max`, `sum`: `[tokens group]`, negative infinity and 0
  ///   where nothing was visible
  /// @param scratch [#scratchBytes]
  void attend(
      PageFormat format,
      long base,
      long ids,
      int pages,
      long q,
      long qStride,
      long queries,
      int tokens,
      int group,
      Mask mask,
      float scale,
      float softcap,
      long out,
      long max,
      long sum,
      long scratch);

  /// Adds to `out[i 32 + j]` what the queries gave to entry `j` of page `i`: `sum_rows exp(s -
  /// lse)`.
  ///
  /// @param lse floats, row `(t, h)` at `lse + 4 (t lseStride + h)`
  /// @param out `[pages 32]`
  void columnSums(
      PageFormat format,
      long base,
      long ids,
      int pages,
      long q,
      long qStride,
      long queries,
      int tokens,
      int group,
      Mask mask,
      float scale,
      float softcap,
      long lse,
      long lseStride,
      long out,
      long scratch);

  /// One entry of a page as floats: `headDim` each.
  void load(PageFormat format, long page, int slot, long k, long v);

  /// Scratch that a call of [#attend] or [#columnSums] needs.
  static long scratchBytes(PageFormat format, int rows) {
    // Scores and the scaled queries by rows, a decoded page, and slack to align.
    return 4L * rows * (PageFormat.TOKENS + format.width() + 4L)
        + 8L * PageFormat.TOKENS * format.width()
        + 4096;
  }
}
