package engram.inference.kernel;

import static engram.inference.kernel.RawMemory.getFloat;
import static engram.inference.kernel.RawMemory.getInt;
import static engram.inference.kernel.RawMemory.setByte;
import static engram.inference.kernel.RawMemory.setFloat;
import static engram.inference.kernel.RawMemory.setInt;

import java.util.function.Function;

/// The kernels in Java: the twin of the C kernels, and what runs where they are not. The two that
/// cost most, products and attention, are parts that [Backends] chooses: plain or by the Vector
/// API.
final class JavaBackend implements Backend {
  private static final int BLOCK = PanelFormat.BLOCK;

  private final String name;
  private final Products products;
  private final Function<KvType, PageRows> readers;

  /// @param readers what reads pages of a type
  JavaBackend(String name, Products products, Function<KvType, PageRows> readers) {
    this.name = name;
    this.products = products;
    this.readers = readers;
  }

  /// All in plain Java: what defines the right result.
  static JavaBackend plain() {
    return new JavaBackend("java", new PlainProducts(), type -> JavaPages.ALL_TYPES);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void quantize(
      long x, int columns, int first, int last, long codes, long scales, long sums) {
    int blocks = columns / BLOCK;
    for (int row = first; row < last; row++) {
      for (int b = 0; b < blocks; b++) {
        long index = (long) row * blocks + b;
        quantizeBlock(
            x + index * BLOCK * 4, codes + index * BLOCK, scales + index * 4, sums + index * 8);
      }
    }
  }

  private static void quantizeBlock(long x, long codes, long scale, long sums) {
    float max = 0;
    float poison = 0;
    for (int i = 0; i < BLOCK; i++) {
      float value = getFloat(x + 4L * i);
      max = Math.max(max, Math.abs(value));
      poison += value * 0; // NaN for what is not finite, else nothing
    }
    float inverse = max > 0 ? 127 / max : 0;
    // max below 127 / Float.MAX_VALUE: the inverse is no number, and the block is nothing.
    if (inverse == Float.POSITIVE_INFINITY) {
      inverse = 0;
    }
    for (int half = 0; half < 2; half++) {
      int sum = 0;
      for (int i = 16 * half; i < 16 * half + 16; i++) {
        int code = (int) Math.rint(getFloat(x + 4L * i) * inverse);
        setByte(codes + i, (byte) code);
        sum += (byte) code;
      }
      setInt(sums + 4L * half, sum);
    }
    setFloat(scale, max / 127 + poison);
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
    products.matmul(weights, first, last, x, scales, sums, tokens, y, yStride, bias);
  }

  @Override
  public void rmsNorm(
      long x, long xStride, long weight, long y, long yStride, int rows, int width, float epsilon) {
    for (int row = 0; row < rows; row++) {
      long from = x + 4L * row * xStride;
      long to = y + 4L * row * yStride;
      double squares = 0;
      for (int i = 0; i < width; i++) {
        double value = getFloat(from + 4L * i);
        squares += value * value;
      }
      float factor = (float) (1 / Math.sqrt(squares / width + epsilon));
      for (int i = 0; i < width; i++) {
        setFloat(to + 4L * i, getFloat(from + 4L * i) * factor * getFloat(weight + 4L * i));
      }
    }
  }

  @Override
  public void layerNorm(
      long x, long weight, long bias, long y, int rows, int width, float epsilon) {
    for (int row = 0; row < rows; row++) {
      long from = x + 4L * row * width;
      long to = y + 4L * row * width;
      double sum = 0;
      for (int i = 0; i < width; i++) {
        sum += getFloat(from + 4L * i);
      }
      double mean = sum / width;
      double squares = 0;
      for (int i = 0; i < width; i++) {
        double value = getFloat(from + 4L * i) - mean;
        squares += value * value;
      }
      double factor = 1 / Math.sqrt(squares / width + epsilon);
      for (int i = 0; i < width; i++) {
        float value = (float) ((getFloat(from + 4L * i) - mean) * factor);
        setFloat(to + 4L * i, value * getFloat(weight + 4L * i) + getFloat(bias + 4L * i));
      }
    }
  }

  @Override
  public void rope(
      RopeStyle style,
      long x,
      long stride,
      long rotations,
      int tokens,
      int heads,
      int headDim,
      int rotary) {
    int half = rotary / 2;
    int step = style == RopeStyle.HALVES ? 1 : 2;
    int apart = style == RopeStyle.HALVES ? half : 1;
    for (int t = 0; t < tokens; t++) {
      for (int head = 0; head < heads; head++) {
        long at = x + 4 * (t * stride + (long) head * headDim);
        for (int i = 0; i < half; i++) {
          long turn = rotations + 8 * ((long) t * half + i);
          float cosine = getFloat(turn);
          float sine = getFloat(turn + 4);
          long first = at + 4L * i * step;
          long second = first + 4L * apart;
          float a = getFloat(first);
          float b = getFloat(second);
          setFloat(first, a * cosine - b * sine);
          setFloat(second, a * sine + b * cosine);
        }
      }
    }
  }

  @Override
  public void gate(
      Activation f, long gate, long up, long stride, long y, long yStride, int rows, int width) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < width; i++) {
        long at = 4 * (row * stride + i);
        float value = Activations.apply(f, getFloat(gate + at)) * getFloat(up + at);
        setFloat(y + 4 * (row * yStride + i), value);
      }
    }
  }

  @Override
  public void activate(Activation f, long x, long y, long count) {
    for (long i = 0; i < count; i++) {
      setFloat(y + 4 * i, Activations.apply(f, getFloat(x + 4 * i)));
    }
  }

  @Override
  public void add(long x, float scale, long y, long count) {
    for (long i = 0; i < count; i++) {
      setFloat(y + 4 * i, getFloat(y + 4 * i) + getFloat(x + 4 * i) * scale);
    }
  }

  @Override
  public void softcap(long x, float cap, long count) {
    for (long i = 0; i < count; i++) {
      setFloat(x + 4 * i, (float) (cap * Math.tanh(getFloat(x + 4 * i) / cap)));
    }
  }

  @Override
  public void softmax(long x, int rows, int width) {
    for (int row = 0; row < rows; row++) {
      long at = x + 4L * row * width;
      float max = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < width; i++) {
        max = Math.max(max, getFloat(at + 4L * i));
      }
      double sum = 0;
      for (int i = 0; i < width; i++) {
        float value =
            max == Float.NEGATIVE_INFINITY ? 0 : (float) Math.exp(getFloat(at + 4L * i) - max);
        setFloat(at + 4L * i, value);
        sum += value;
      }
      float factor = sum == 0 ? 0 : (float) (1 / sum);
      for (int i = 0; i < width; i++) {
        setFloat(at + 4L * i, getFloat(at + 4L * i) * factor);
      }
    }
  }

  @Override
  public void store(
      PageFormat format,
      long page,
      int slot,
      int tokens,
      long k,
      long v,
      long stride,
      long positions) {
    for (int t = 0; t < tokens; t++) {
      JavaPages.store(format, page, slot + t, k + 4L * t * stride, v + 4L * t * stride);
      setInt(page + format.positionsOffset() + 4L * (slot + t), getInt(positions + 4L * t));
    }
  }

  @Override
  public void load(PageFormat format, long page, int slot, long k, long v) {
    for (int d = 0; d < format.headDim(); d++) {
      setFloat(k + 4L * d, JavaPages.key(format, page, d, slot));
      setFloat(v + 4L * d, JavaPages.value(format, page, slot, d));
    }
  }

  @Override
  public void attend(
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
      long scratch) {
    PageRows rows = readers.apply(format.type());
    for (int t = 0; t < tokens; t++) {
      for (int h = 0; h < group; h++) {
        int row = t * group + h;
        rows.attendRow(
            format,
            base,
            ids,
            pages,
            q + 4 * (t * qStride + (long) h * format.headDim()),
            getInt(queries + 4L * t),
            mask,
            scale,
            softcap,
            out + 4L * row * format.width(),
            max + 4L * row,
            sum + 4L * row,
            scratch);
      }
    }
  }

  @Override
  public void columnSums(
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
      long scratch) {
    PageRows rows = readers.apply(format.type());
    for (int t = 0; t < tokens; t++) {
      for (int h = 0; h < group; h++) {
        rows.addRow(
            format,
            base,
            ids,
            pages,
            q + 4 * (t * qStride + (long) h * format.headDim()),
            getInt(queries + 4L * t),
            mask,
            scale,
            softcap,
            getFloat(lse + 4 * (t * lseStride + h)),
            out,
            scratch);
      }
    }
  }
}
