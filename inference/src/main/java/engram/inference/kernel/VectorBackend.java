package engram.inference.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The costliest kernels by the Vector API, for machines without the C kernels: products with
/// packed weights, and attention over floats and halves ([VectorPages]). Lanes are rows, as in C;
/// all else is the plain twin's.
///
/// Loaded only where the vector module is ([Backends]). Integer products are made in floats: codes
/// and activations are whole, and a block's sum stays below 2^24, so they are exact.
///
/// Accumulators are locals, loops are short, and no vector comes out of a branch: one in a field,
/// of a loop unrolled too far, or of two ways that meet is a heap object in every turn. So the
/// formats that nearly all files have (halves as scales, no minima) have a method of their own; the
/// others share one that does make objects.
final class VectorBackend extends JavaBackend {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  /// As many words of 16 bits as there are floats in a vector.
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(
          short.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 2)));

  static final int LANES = FLOATS.length();
  private static final int ROWS = PanelFormat.ROWS;
  private static final int BLOCK = PanelFormat.BLOCK;
  private static final MemorySegment ALL = RawMemory.ALL;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  /// A vector's numbers, one memory for each thread.
  private static final ThreadLocal<MemorySegment> TILE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(64, RawMemory.ALIGNMENT));

  @Override
  public String name() {
    return "java-vector-" + FLOATS.vectorBitSize();
  }

  /// Whether a panel is a whole number of this machine's vectors.
  static boolean fits() {
    return LANES <= ROWS && ROWS % LANES == 0 && ByteOrder.nativeOrder() == ORDER;
  }

  @Override
  public void matmul(
      PackedWeights weights,
      int first,
      int last,
      long x,
      long scales,
      long sums,
      int tokens,
      long y,
      long yStride,
      long bias) {
    PanelFormat format = weights.format();
    int columns = weights.columns();
    int blocks = columns / BLOCK;
    long panelBytes = format.panelBytes(columns);
    long tile = TILE.get().address();
    for (int panel = first; panel < last; panel++) {
      long at = weights.address() + panel * panelBytes;
      for (int lane = 0; lane < ROWS; lane += LANES) {
        int row = panel * ROWS + lane;
        int rows = Math.min(LANES, weights.rows() - row);
        for (int t = 0; t < tokens && rows > 0; t++) {
          long to = y + 4 * (t * yStride + row);
          long from = bias == 0 ? 0 : bias + 4L * row;
          if (format.codes()) {
            long xt = x + (long) t * columns;
            long scalesAt = scales + 4L * t * blocks;
            long sumsAt = sums + 8L * t * blocks;
            if (format == PanelFormat.CODES8 || format == PanelFormat.CODES4) {
              plain(
                  format,
                  weights.zero(),
                  at,
                  lane,
                  blocks,
                  xt,
                  scalesAt,
                  sumsAt,
                  to,
                  rows,
                  from,
                  tile);
            } else {
              codes(
                  format,
                  weights.zero(),
                  at,
                  lane,
                  blocks,
                  xt,
                  scalesAt,
                  sumsAt,
                  to,
                  rows,
                  from,
                  tile);
            }
          } else {
            floats(format, at, lane, columns, x + 4L * t * columns, to, rows, from, tile);
          }
        }
      }
    }
  }

  /// Groups of 32, halves as scales, no minima.
  private static void plain(
      PanelFormat format,
      int zero,
      long panel,
      int lane,
      int blocks,
      long x,
      long xScales,
      long xSums,
      long y,
      int rows,
      long bias,
      long tile) {
    long scales = panel + format.scalesOffset(blocks * BLOCK);
    boolean eight = format.bits == 8;
    int turn = eight ? 8 : 4;
    int low = eight ? -1 : 0x0f0f0f0f;
    int high = eight ? 0 : 4;
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int b = 0; b < blocks; b++) {
      long block = panel + 64L * format.bits * b + 4L * lane;
      long xBlock = x + (long) b * BLOCK;
      int xSum = RawMemory.getInt(xSums + 8L * b) + RawMemory.getInt(xSums + 8L * b + 4);
      FloatVector dot = FloatVector.broadcast(FLOATS, (float) (-zero * xSum));
      for (int j = 0; j < BLOCK / 4; j++) {
        int shift = j < turn ? 0 : high;
        IntVector four =
            ints(block + 64L * (j % turn)).lanewise(VectorOperators.LSHR, shift).and(low);
        int xs = RawMemory.getInt(xBlock + 4L * j);
        dot = product(four.and(0xff), (byte) xs, dot);
        dot = product(four.lanewise(VectorOperators.LSHR, 8).and(0xff), (byte) (xs >> 8), dot);
        dot = product(four.lanewise(VectorOperators.LSHR, 16).and(0xff), (byte) (xs >> 16), dot);
        dot = product(four.lanewise(VectorOperators.LSHR, 24), (byte) (xs >> 24), dot);
      }
      float xScale = RawMemory.getFloat(xScales + 4L * b);
      sum = halves(scales + 2 * ((long) b * ROWS + lane)).mul(xScale).fma(dot, sum);
    }
    sum.intoMemorySegment(ALL, tile, ORDER);
    copy(tile, y, rows, bias);
  }

  private static void codes(
      PanelFormat format,
      int zero,
      long panel,
      int lane,
      int blocks,
      long x,
      long xScales,
      long xSums,
      long y,
      int rows,
      long bias,
      long tile) {
    int columns = blocks * BLOCK;
    int groups = BLOCK / format.group;
    long scales = panel + format.scalesOffset(columns);
    long minima = panel + format.minimaOffset(columns);
    boolean eight = format.bits == 8;
    long blockBytes = 64L * format.bits;
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int b = 0; b < blocks; b++) {
      float xScale = RawMemory.getFloat(xScales + 4L * b);
      long block = panel + b * blockBytes + 4L * lane;
      long xBlock = x + (long) b * BLOCK;
      for (int g = 0; g < groups; g++) {
        int xSum =
            groups == 2
                ? RawMemory.getInt(xSums + 8L * b + 4L * g)
                : RawMemory.getInt(xSums + 8L * b) + RawMemory.getInt(xSums + 8L * b + 4);
        FloatVector dot = FloatVector.broadcast(FLOATS, (float) (-zero * xSum));
        int from = g * format.group / 4;
        int to = (g + 1) * format.group / 4;
        for (int j = from; j < to; j++) {
          long at = block + 64L * (eight ? j : j % 4);
          IntVector four = ints(at);
          if (!eight) {
            four = four.lanewise(VectorOperators.LSHR, j < 4 ? 0 : 4).and(0x0f0f0f0f);
          }
          int xs = RawMemory.getInt(xBlock + 4L * j);
          dot = product(four.and(0xff), (byte) xs, dot);
          dot = product(four.lanewise(VectorOperators.LSHR, 8).and(0xff), (byte) (xs >> 8), dot);
          dot = product(four.lanewise(VectorOperators.LSHR, 16).and(0xff), (byte) (xs >> 16), dot);
          dot = product(four.lanewise(VectorOperators.LSHR, 24), (byte) (xs >> 24), dot);
        }
        long index = ((long) b * groups + g) * ROWS + lane;
        sum = scaled(format, scales, index).mul(xScale).fma(dot, sum);
        if (format.minima) {
          FloatVector least = scaled(format, minima, index).mul(xScale);
          sum = least.fma(FloatVector.broadcast(FLOATS, (float) xSum), sum);
        }
      }
    }
    sum.intoMemorySegment(ALL, tile, ORDER);
    copy(tile, y, rows, bias);
  }

  private static IntVector ints(long at) {
    return ByteVector.fromMemorySegment(ByteVector.SPECIES_PREFERRED, ALL, at, ORDER)
        .reinterpretAsInts();
  }

  private static FloatVector product(IntVector codes, byte x, FloatVector sum) {
    FloatVector floats = (FloatVector) codes.convert(VectorOperators.I2F, 0);
    return floats.fma(FloatVector.broadcast(FLOATS, (float) x), sum);
  }

  private static FloatVector scaled(PanelFormat format, long scales, long index) {
    return format.scaleBytes == 4
        ? FloatVector.fromMemorySegment(FLOATS, ALL, scales + 4 * index, ORDER)
        : halves(scales + 2 * index);
  }

  private static IntVector words(long at) {
    return (IntVector)
        ShortVector.fromMemorySegment(SHORTS, ALL, at, ORDER)
            .convertShape(VectorOperators.S2I, INTS, 0);
  }

  private static FloatVector brains(long at) {
    return words(at).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  /// Exponent and fraction moved to a float's places, then times 2^112: right for numbers below the
  /// normal halves too. Infinities and NaNs, whose exponent is all ones, are set by hand.
  static FloatVector halves(long at) {
    IntVector words = words(at);
    IntVector rest = words.and(0x7fff);
    FloatVector value = rest.lanewise(VectorOperators.LSHL, 13).reinterpretAsFloats().mul(0x1p112f);
    IntVector bits = value.reinterpretAsInts();
    bits =
        bits.blend(
            rest.lanewise(VectorOperators.LSHL, 13).or(0x7f800000),
            rest.compare(VectorOperators.GE, 0x7c00));
    return bits.or(words.and(0x8000).lanewise(VectorOperators.LSHL, 16)).reinterpretAsFloats();
  }

  private static void floats(
      PanelFormat format,
      long panel,
      int lane,
      int columns,
      long x,
      long y,
      int rows,
      long bias,
      long tile) {
    FloatVector sum = FloatVector.zero(FLOATS);
    if (format == PanelFormat.F32) {
      for (int k = 0; k < columns; k++) {
        long at = panel + 4 * ((long) k * ROWS + lane);
        sum =
            FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER)
                .fma(FloatVector.broadcast(FLOATS, RawMemory.getFloat(x + 4L * k)), sum);
      }
    } else if (format == PanelFormat.BF16) {
      for (int k = 0; k < columns; k++) {
        FloatVector x1 = FloatVector.broadcast(FLOATS, RawMemory.getFloat(x + 4L * k));
        sum = brains(panel + 2 * ((long) k * ROWS + lane)).fma(x1, sum);
      }
    } else {
      for (int k = 0; k < columns; k++) {
        FloatVector x1 = FloatVector.broadcast(FLOATS, RawMemory.getFloat(x + 4L * k));
        sum = halves(panel + 2 * ((long) k * ROWS + lane)).fma(x1, sum);
      }
    }
    sum.intoMemorySegment(ALL, tile, ORDER);
    copy(tile, y, rows, bias);
  }

  static FloatVector plainFloats(long at) {
    return FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER);
  }

  static FloatVector everywhere(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  static FloatVector nothing() {
    return FloatVector.zero(FLOATS);
  }

  static void storeFloats(FloatVector vector, long at) {
    vector.intoMemorySegment(ALL, at, ORDER);
  }

  @Override
  PageRows rows(KvType type) {
    return VectorPages.reads(type) ? VectorPages.FLOATS_AND_HALVES : super.rows(type);
  }

  /// Numbers out of a tile: a vector that is passed on, or asked for one lane, is an object.
  private static void copy(long tile, long y, int rows, long bias) {
    for (int i = 0; i < rows; i++) {
      float value = RawMemory.getFloat(tile + 4L * i);
      RawMemory.setFloat(y + 4L * i, bias == 0 ? value : value + RawMemory.getFloat(bias + 4L * i));
    }
  }
}
