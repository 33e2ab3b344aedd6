package engram.inference.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// From numbers to bytes: what [Decoding] reads, as near to the input as simple rounding brings it.
///
/// The scales of a block come from its extremes, without a search for better ones; NaN becomes some
/// number. An element is off by at most one step of its group (the tests have each type's step).
// Positions within a block are far below any overflow, and shifts among masks need no parentheses.
@SuppressWarnings({"NarrowCalculation", "OperatorPrecedence"})
public final class Quantization {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Quantization() {}

  /// Encodes `x[at..at + count - 1]` to `out[offset..]`.
  ///
  /// @throws IllegalArgumentException if `count` is no whole number of blocks, or the type is one
  ///   that is only read
  public static void encode(
      ElementType type, float[] x, int at, int count, MemorySegment out, long offset) {
    MemorySegment bytes = out.asSlice(offset, type.bytes(count));
    int step = type.blockElements();
    for (int i = 0; i < count / step; i++) {
      block(type, x, at + i * step, bytes, (long) i * type.blockBytes());
    }
  }

  private static void block(ElementType type, float[] x, int at, MemorySegment b, long p) {
    switch (type) {
      case F32 -> b.set(INT, p, Float.floatToRawIntBits(x[at]));
      case F16 -> b.set(SHORT, p, Float.floatToFloat16(x[at]));
      case BF16 -> b.set(SHORT, p, brain(x[at]));
      case Q4_0 -> symmetric(x, at, b, p, 4);
      case Q4_1 -> withMinimum(x, at, b, p, 4);
      case Q5_0 -> symmetric(x, at, b, p, 5);
      case Q5_1 -> withMinimum(x, at, b, p, 5);
      case Q8_0 -> q8(x, at, b, p);
      case Q4_K -> superBlock(x, at, b, p, 4);
      case Q5_K -> superBlock(x, at, b, p, 5);
      case Q6_K -> q6k(x, at, b, p);
      case Q2_K, Q3_K, IQ4_NL ->
          throw new IllegalArgumentException(type + " is read but not written");
    }
  }

  /// The nearest bfloat16, ties to even; NaN stays one.
  private static short brain(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  /// The number farthest from zero becomes the lowest code, whose magnitude is the largest.
  private static void symmetric(float[] x, int at, MemorySegment b, long p, int bits) {
    float extreme = farthest(x, at, 32);
    int zero = 1 << bits - 1;
    float d = extreme / -zero;
    codes(x, at, b, p + 2, bits, 0, inverse(d), zero + 0.5f);
    b.set(SHORT, p, Float.floatToFloat16(d));
  }

  private static void withMinimum(float[] x, int at, MemorySegment b, long p, int bits) {
    float min = Float.POSITIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < 32; i++) {
      min = Math.min(min, x[at + i]);
      max = Math.max(max, x[at + i]);
    }
    float d = (max - min) / ((1 << bits) - 1);
    codes(x, at, b, p + 4, bits, min, inverse(d), 0.5f);
    b.set(SHORT, p, Float.floatToFloat16(d));
    b.set(SHORT, p + 2, Float.floatToFloat16(min));
  }

  private static void codes(
      float[] x, int at, MemorySegment b, long p, int bits, float min, float id, float add) {
    int most = (1 << bits) - 1;
    int high = 0;
    long nibbles = bits == 5 ? p + 4 : p;
    for (int i = 0; i < 16; i++) {
      int low = clamp((int) ((x[at + i] - min) * id + add), 0, most);
      int upper = clamp((int) ((x[at + i + 16] - min) * id + add), 0, most);
      b.set(JAVA_BYTE, nibbles + i, (byte) (low & 15 | (upper & 15) << 4));
      high |= low >> 4 << i | upper >> 4 << i + 16;
    }
    if (bits == 5) {
      b.set(INT, p, high);
    }
  }

  private static void q8(float[] x, int at, MemorySegment b, long p) {
    float d = Math.abs(farthest(x, at, 32)) / 127;
    float id = inverse(d);
    for (int i = 0; i < 32; i++) {
      b.set(JAVA_BYTE, p + 2 + i, (byte) clamp(awayFromZero(x[at + i] * id), -127, 127));
    }
    b.set(SHORT, p, Float.floatToFloat16(d));
  }

  /// Q4_K and Q5_K: eight groups of 32 with scale and minimum, themselves codes of 6 bits.
  private static void superBlock(float[] x, int at, MemorySegment b, long p, int bits) {
    int most = (1 << bits) - 1;
    float[] scales = new float[8];
    float[] minima = new float[8];
    for (int g = 0; g < 8; g++) {
      float min = 0;
      float max = 0;
      for (int i = 0; i < 32; i++) {
        min = Math.min(min, x[at + 32 * g + i]);
        max = Math.max(max, x[at + 32 * g + i]);
      }
      scales[g] = (max - min) / most;
      minima[g] = -min;
    }
    float d = largest(scales) / 63;
    float dmin = largest(minima) / 63;
    b.asSlice(p, bits == 4 ? 144 : 176).fill((byte) 0);
    b.set(SHORT, p, Float.floatToFloat16(d));
    b.set(SHORT, p + 2, Float.floatToFloat16(dmin));
    for (int g = 0; g < 8; g++) {
      int scale = clamp(Math.round(scales[g] * inverse(d)), 0, 63);
      int minimum = clamp(Math.round(minima[g] * inverse(dmin)), 0, 63);
      packScale(b, p + 4, g, scale, minimum);
      // With the scales as they will be read, so that their own rounding does not add up.
      float step = Float.float16ToFloat(b.get(SHORT, p)) * scale;
      float base = Float.float16ToFloat(b.get(SHORT, p + 2)) * minimum;
      for (int i = 0; i < 32; i++) {
        int q = clamp(Math.round((x[at + 32 * g + i] + base) * inverse(step)), 0, most);
        or(b, p + (bits == 4 ? 16 : 48) + g / 2 * 32 + i, (q & 15) << g % 2 * 4);
        if (bits == 5) {
          or(b, p + 16 + i, q >> 4 << g);
        }
      }
    }
  }

  private static void packScale(MemorySegment b, long p, int group, int scale, int minimum) {
    if (group < 4) {
      or(b, p + group, scale);
      or(b, p + group + 4, minimum);
    } else {
      or(b, p + group + 4, scale & 15 | (minimum & 15) << 4);
      or(b, p + group - 4, scale >> 4 << 6);
      or(b, p + group, minimum >> 4 << 6);
    }
  }

  private static void q6k(float[] x, int at, MemorySegment b, long p) {
    float[] steps = new float[16];
    float widest = 0;
    for (int g = 0; g < 16; g++) {
      steps[g] = farthest(x, at + 16 * g, 16) / -32;
      widest = Math.abs(steps[g]) > Math.abs(widest) ? steps[g] : widest;
    }
    b.asSlice(p, 210).fill((byte) 0);
    b.set(SHORT, p + 208, Float.floatToFloat16(widest / -128));
    float d = Float.float16ToFloat(b.get(SHORT, p + 208));
    for (int g = 0; g < 16; g++) {
      int scale = clamp(Math.round(steps[g] * inverse(d)), -128, 127);
      b.set(JAVA_BYTE, p + 192 + g, (byte) scale);
      for (int i = 16 * g; i < 16 * g + 16; i++) {
        int q = clamp(Math.round(x[at + i] * inverse(d * scale)), -32, 31) + 32;
        int half = i / 128;
        int quarter = i % 128 / 32;
        or(b, p + half * 64 + quarter % 2 * 32 + i % 32, (q & 15) << quarter / 2 * 4);
        or(b, p + 128 + half * 32 + i % 32, q >> 4 << quarter * 2);
      }
    }
  }

  private static void or(MemorySegment b, long p, int bits) {
    b.set(JAVA_BYTE, p, (byte) (b.get(JAVA_BYTE, p) | bits));
  }

  private static float farthest(float[] x, int at, int count) {
    float extreme = 0;
    for (int i = at; i < at + count; i++) {
      extreme = Math.abs(x[i]) > Math.abs(extreme) ? x[i] : extreme;
    }
    return extreme;
  }

  private static float largest(float[] values) {
    float most = 0;
    for (float value : values) {
      most = Math.max(most, value);
    }
    return most;
  }

  private static float inverse(float d) {
    return d == 0 ? 0 : 1 / d;
  }

  private static int awayFromZero(float value) {
    return (int) (value + Math.copySign(0.5f, value));
  }

  private static int clamp(int value, int least, int most) {
    return Math.max(least, Math.min(most, value));
  }
}
