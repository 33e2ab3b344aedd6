package engram.inference.kernel;

import engram.inference.tensor.ElementType;

/// How packed weights lie in memory: in panels of 16 rows, so that a vector's lanes are rows and no
/// kernel ever sums across lanes.
///
/// Floats: `[K][16]`. Codes: unsigned integers of 4 or 8 bits in blocks of 32 along `K`, each block
/// `[8][16][4]` bytes (8 bits: byte `(j, row, i)` is `k = 4j + i`) or `[4][16][4]` bytes (4 bits:
/// the low half is `k = 4j + i`, the high half `k = 16 + 4j + i`); after all codes of a panel its
/// scales `[K / group][16]`, then its minima alike. A weight is `scale * (code - zero)`, or `scale
/// * code + minimum`.
///
/// Scales are halves where the file's are, floats where the file's are products.
public enum PanelFormat {
  F32(0, 32, 0, 0, false),
  F16(1, 16, 0, 0, false),
  BF16(2, 16, 0, 0, false),
  CODES8(3, 8, 32, 2, false),
  CODES4(4, 4, 32, 2, false),
  CODES8_MIN(5, 8, 32, 2, true),
  CODES4_MIN(6, 4, 32, 2, true),
  CODES8_MIN_WIDE(7, 8, 32, 4, true),
  CODES4_MIN_WIDE(8, 4, 32, 4, true),
  CODES8_FINE(9, 8, 16, 4, false),
  CODES4_FINE(10, 4, 16, 4, false),
  CODES4_MIN_FINE(11, 4, 16, 4, true);

  /// Rows of a panel.
  public static final int ROWS = 16;

  /// Activations that share a scale, and codes of a block.
  public static final int BLOCK = 32;

  final int id;
  final int bits;
  final int group;
  final int scaleBytes;
  final boolean minima;

  PanelFormat(int id, int bits, int group, int scaleBytes, boolean minima) {
    this.id = id;
    this.bits = bits;
    this.group = group;
    this.scaleBytes = scaleBytes;
    this.minima = minima;
  }

  /// Whether activations are quantised to 8 bits for it.
  public boolean codes() {
    return group != 0;
  }

  /// Bytes of the codes (or floats) of one panel; its scales begin there.
  long codeBytes(int columns) {
    return (long) columns * ROWS * bits / 8;
  }

  /// Bytes of one panel, a multiple of a cache line.
  long panelBytes(int columns) {
    long scales = codes() ? (long) (columns / group) * ROWS * scaleBytes : 0;
    long bytes = codeBytes(columns) + (minima ? 2 * scales : scales);
    return (bytes + RawMemory.ALIGNMENT - 1) / RawMemory.ALIGNMENT * RawMemory.ALIGNMENT;
  }

  long scalesOffset(int columns) {
    return codeBytes(columns);
  }

  long minimaOffset(int columns) {
    return codeBytes(columns) + (long) (columns / group) * ROWS * scaleBytes;
  }

  /// The panels that hold weights of this type without loss.
  static PanelFormat of(ElementType type) {
    return switch (type) {
      case F32 -> F32;
      case F16 -> F16;
      case BF16 -> BF16;
      case Q8_0, Q5_0, IQ4_NL -> CODES8;
      case Q4_0 -> CODES4;
      case Q5_1 -> CODES8_MIN;
      case Q4_1 -> CODES4_MIN;
      case Q5_K -> CODES8_MIN_WIDE;
      case Q4_K -> CODES4_MIN_WIDE;
      case Q6_K -> CODES8_FINE;
      case Q3_K -> CODES4_FINE;
      case Q2_K -> CODES4_MIN_FINE;
    };
  }

  /// What is taken from a code.
  static int zero(ElementType type) {
    return switch (type) {
      case Q8_0, IQ4_NL -> 128;
      case Q6_K -> 32;
      case Q5_0 -> 16;
      case Q4_0 -> 8;
      case Q3_K -> 4;
      case F32, F16, BF16, Q4_1, Q5_1, Q2_K, Q4_K, Q5_K -> 0;
    };
  }
}
