package engram.inference.kernel;

/// What lies where in a page: 32 cached tokens of one KV head of one layer.
///
/// `K [headDim][32]`, so that lanes are keys; `V [32][width]`, so that lanes are channels; for
/// codes then the scales `K [width/32][32]`, `V [32][width/32]`, each followed by its minima
/// (`INT4`), as halves; last `positions int[32]`, -1 for an empty slot. `width` is `headDim`
/// rounded up to whole vectors; what lies beyond `headDim` is zero.
///
/// Four bits: `K [width][16]`, byte `i` of a row holds keys `i` (low) and `i + 16`; `V
/// [32][width/2]`, byte `i` of a group's 16 holds channels `i` (low) and `i + 16`.
public record PageFormat(KvType type, int headDim) {
  /// Tokens of a page.
  public static final int TOKENS = 32;

  /// Marks a slot that holds no token.
  public static final int EMPTY = -1;

  public PageFormat {
    if (headDim < 1 || headDim > 1024) {
      throw new IllegalArgumentException("headDim " + headDim + " not in 1..1024");
    }
  }

  /// Floats of a row of values, and of an output row of [Backend#attend].
  public int width() {
    int unit = type == KvType.INT8 || type == KvType.INT4 ? 32 : 16;
    return (headDim + unit - 1) / unit * unit;
  }

  /// Bytes of a page, a multiple of a cache line.
  public long bytes() {
    return positionsOffset() + 4L * TOKENS;
  }

  public long positionsOffset() {
    return valueScalesOffset() + scaleBytes();
  }

  long valuesOffset() {
    return switch (type) {
      case F32 -> 4L * TOKENS * headDim;
      case F16 -> 2L * TOKENS * headDim;
      case INT8 -> (long) TOKENS * width();
      case INT4 -> (long) TOKENS * width() / 2;
    };
  }

  long keyScalesOffset() {
    return valuesOffset()
        + switch (type) {
          case F32 -> 4L * TOKENS * width();
          case F16 -> 2L * TOKENS * width();
          case INT8 -> (long) TOKENS * width();
          case INT4 -> (long) TOKENS * width() / 2;
        };
  }

  long valueScalesOffset() {
    return keyScalesOffset() + scaleBytes();
  }

  /// Bytes of the scales (and minima) of the keys, and of those of the values.
  private long scaleBytes() {
    long plain = 2L * TOKENS * (width() / 32);
    return switch (type) {
      case F32, F16 -> 0;
      case INT8 -> plain;
      case INT4 -> 2 * plain;
    };
  }
}
