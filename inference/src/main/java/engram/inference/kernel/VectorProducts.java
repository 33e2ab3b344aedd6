package engram.inference.kernel;

import static engram.inference.kernel.Vectors.ALL;
import static engram.inference.kernel.Vectors.LANES;
import static engram.inference.kernel.Vectors.ORDER;
import static engram.inference.kernel.Vectors.brains;
import static engram.inference.kernel.Vectors.broadcast;
import static engram.inference.kernel.Vectors.floatsAt;
import static engram.inference.kernel.Vectors.halves;
import static engram.inference.kernel.Vectors.words;
import static engram.inference.kernel.Vectors.zeros;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Products with packed weights by the Vector API, for machines without the C kernels. Lanes are
/// rows, as in C.
///
/// Loaded only where the vector module is ([Backends]). Integer products are made in floats: codes
/// and activations are whole, and a block's sum stays below 2^24, so they are exact.
///
/// Accumulators are locals, loops are short, and no vector comes out of a branch: one in a field,
/// of a loop unrolled too far, or of two ways that meet is a heap object in every turn. So the
/// formats that nearly all files have (halves as scales, no minima) have a method of their own; the
/// others share one that does make objects.
final class VectorProducts implements Products {
  private static final int ROWS = PanelFormat.ROWS;
  private static final int BLOCK = PanelFormat.BLOCK;

  /// A vector's numbers, one memory for each thread.
  private static final ThreadLocal<MemorySegment> TILE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(64, RawMemory.ALIGNMENT));

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
    FloatVector sum = zeros();
    for (int b = 0; b < blocks; b++) {
      long block = panel + 64L * format.bits * b + 4L * lane;
      long xBlock = x + (long) b * BLOCK;
      int xSum = RawMemory.getInt(xSums + 8L * b) + RawMemory.getInt(xSums + 8L * b + 4);
      FloatVector dot = broadcast((float) (-zero * xSum));
      for (int j = 0; j < BLOCK / 4; j++) {
        int shift = j < turn ? 0 : high;
        IntVector four =
            words(block + 64L * (j % turn)).lanewise(VectorOperators.LSHR, shift).and(low);
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
    FloatVector sum = zeros();
    for (int b = 0; b < blocks; b++) {
      float xScale = RawMemory.getFloat(xScales + 4L * b);
      long block = panel + b * blockBytes + 4L * lane;
      long xBlock = x + (long) b * BLOCK;
      for (int g = 0; g < groups; g++) {
        int xSum =
            groups == 2
                ? RawMemory.getInt(xSums + 8L * b + 4L * g)
                : RawMemory.getInt(xSums + 8L * b) + RawMemory.getInt(xSums + 8L * b + 4);
        FloatVector dot = broadcast((float) (-zero * xSum));
        int from = g * format.group / 4;
        int to = (g + 1) * format.group / 4;
        for (int j = from; j < to; j++) {
          long at = block + 64L * (eight ? j : j % 4);
          IntVector four = words(at);
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
          sum = least.fma(broadcast((float) xSum), sum);
        }
      }
    }
    sum.intoMemorySegment(ALL, tile, ORDER);
    copy(tile, y, rows, bias);
  }

  private static FloatVector product(IntVector codes, byte x, FloatVector sum) {
    FloatVector floats = (FloatVector) codes.convert(VectorOperators.I2F, 0);
    return floats.fma(broadcast((float) x), sum);
  }

  private static FloatVector scaled(PanelFormat format, long scales, long index) {
    return format.scaleBytes == 4 ? floatsAt(scales + 4 * index) : halves(scales + 2 * index);
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
    FloatVector sum = zeros();
    if (format == PanelFormat.F32) {
      for (int k = 0; k < columns; k++) {
        long at = panel + 4 * ((long) k * ROWS + lane);
        sum = floatsAt(at).fma(broadcast(RawMemory.getFloat(x + 4L * k)), sum);
      }
    } else if (format == PanelFormat.BF16) {
      for (int k = 0; k < columns; k++) {
        FloatVector x1 = broadcast(RawMemory.getFloat(x + 4L * k));
        sum = brains(panel + 2 * ((long) k * ROWS + lane)).fma(x1, sum);
      }
    } else {
      for (int k = 0; k < columns; k++) {
        FloatVector x1 = broadcast(RawMemory.getFloat(x + 4L * k));
        sum = halves(panel + 2 * ((long) k * ROWS + lane)).fma(x1, sum);
      }
    }
    sum.intoMemorySegment(ALL, tile, ORDER);
    copy(tile, y, rows, bias);
  }

  /// Numbers out of a tile: a vector that is passed on, or asked for one lane, is an object.
  private static void copy(long tile, long y, int rows, long bias) {
    for (int i = 0; i < rows; i++) {
      float value = RawMemory.getFloat(tile + 4L * i);
      RawMemory.setFloat(y + 4L * i, bias == 0 ? value : value + RawMemory.getFloat(bias + 4L * i));
    }
  }
}
