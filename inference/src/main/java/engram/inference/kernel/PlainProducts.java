package engram.inference.kernel;

import static engram.inference.kernel.RawMemory.getByte;
import static engram.inference.kernel.RawMemory.getFloat;
import static engram.inference.kernel.RawMemory.getInt;
import static engram.inference.kernel.RawMemory.setFloat;

/// Products with packed weights, one number after the other: what defines the right result.
final class PlainProducts implements Products {
  private static final int ROWS = PanelFormat.ROWS;
  private static final int BLOCK = PanelFormat.BLOCK;

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
    int columns = weights.columns();
    PanelFormat format = weights.format();
    long panelBytes = format.panelBytes(columns);
    for (int panel = first; panel < last; panel++) {
      long at = weights.address() + panel * panelBytes;
      int rows = Math.min(ROWS, weights.rows() - panel * ROWS);
      for (int t = 0; t < tokens; t++) {
        for (int lane = 0; lane < rows; lane++) {
          int blocks = columns / BLOCK;
          float sum =
              format.codes()
                  ? codes(
                      format,
                      weights.zero(),
                      at,
                      lane,
                      columns,
                      x + (long) t * columns,
                      scales + 4L * t * blocks,
                      sums + 8L * t * blocks)
                  : floats(format, at, lane, columns, x + 4L * t * columns);
          long n = (long) panel * ROWS + lane;
          setFloat(y + 4 * (t * yStride + n), bias == 0 ? sum : sum + getFloat(bias + 4 * n));
        }
      }
    }
  }

  private static float floats(PanelFormat format, long panel, int lane, int columns, long x) {
    float sum = 0;
    for (int k = 0; k < columns; k++) {
      long at = (long) k * ROWS + lane;
      float weight =
          switch (format.id) {
            case 0 -> getFloat(panel + 4 * at);
            case 1 -> RawMemory.getHalf(panel + 2 * at);
            default -> RawMemory.getBrain(panel + 2 * at);
          };
      sum += weight * getFloat(x + 4L * k);
    }
    return sum;
  }

  private static float codes(
      PanelFormat format,
      int zero,
      long panel,
      int lane,
      int columns,
      long x,
      long xScales,
      long xSums) {
    float sum = 0;
    long scales = panel + format.scalesOffset(columns);
    long minima = panel + format.minimaOffset(columns);
    int groups = BLOCK / format.group;
    for (int b = 0; b < columns / BLOCK; b++) {
      float xScale = getFloat(xScales + 4L * b);
      for (int g = 0; g < groups; g++) {
        int xSum =
            groups == 2
                ? getInt(xSums + 8L * b + 4L * g)
                : getInt(xSums + 8L * b) + getInt(xSums + 8L * b + 4);
        int dot = -zero * xSum;
        for (int k = b * BLOCK + g * format.group; k < b * BLOCK + (g + 1) * format.group; k++) {
          dot += Packing.code(format, panel, lane, k) * getByte(x + k);
        }
        long index = ((long) b * groups + g) * ROWS + lane;
        sum += Packing.scaleAt(format, scales, index) * xScale * dot;
        if (format.minima) {
          sum += Packing.scaleAt(format, minima, index) * xScale * xSum;
        }
      }
    }
    return sum;
  }
}
