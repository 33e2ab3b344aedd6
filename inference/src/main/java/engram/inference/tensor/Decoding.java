package engram.inference.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// From bytes to numbers, exactly as each format is defined: products and sums are rounded to float
/// one by one, in the order that the definition writes them.
///
/// Bytes are little-endian and need no alignment.
// Positions within a block are far below any overflow, and shifts among masks need no parentheses.
@SuppressWarnings({"NarrowCalculation", "OperatorPrecedence"})
public final class Decoding {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  // Adding it changes no number; adding 0 would turn -0 into 0.
  private static final float NO_MINIMUM = -0f;

  private static final int[] IQ4_NL_VALUES = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private Decoding() {}

  /// Decodes `count` elements from `data[offset..]` to `out[at..]`.
  ///
  /// @throws IllegalArgumentException if `count` is no whole number of blocks
  /// @throws IndexOutOfBoundsException if either side is too short
  public static void decode(
      ElementType type, MemorySegment data, long offset, float[] out, int at, int count) {
    MemorySegment bytes = data.asSlice(offset, type.bytes(count));
    if (at < 0 || at > out.length - count) {
      throw new IndexOutOfBoundsException(
          at + " + " + count + " elements in an array of " + out.length);
    }
    int step = type.blockElements();
    for (int i = 0; i < count / step; i++) {
      block(type, bytes, (long) i * type.blockBytes(), out, at + i * step);
    }
  }

  private static void block(ElementType type, MemorySegment b, long p, float[] y, int at) {
    switch (type) {
      case F32 -> y[at] = Float.intBitsToFloat(b.get(INT, p));
      case F16 -> y[at] = half(b, p);
      case BF16 -> y[at] = Float.intBitsToFloat(b.get(SHORT, p) << 16);
      case Q4_0 -> q4(b, p + 2, half(b, p), -8, NO_MINIMUM, y, at);
      case Q4_1 -> q4(b, p + 4, half(b, p), 0, half(b, p + 2), y, at);
      case Q5_0 -> q5(b, p + 2, half(b, p), -16, NO_MINIMUM, y, at);
      case Q5_1 -> q5(b, p + 4, half(b, p), 0, half(b, p + 2), y, at);
      case Q8_0 -> q8(b, p, y, at);
      case Q2_K -> q2k(b, p, y, at);
      case Q3_K -> q3k(b, p, y, at);
      case Q4_K -> q4k(b, p, y, at);
      case Q5_K -> q5k(b, p, y, at);
      case Q6_K -> q6k(b, p, y, at);
      case IQ4_NL -> iq4(b, p, y, at);
    }
  }

  /// Nibbles: byte `i` holds elements `i` (low) and `i + 16` (high).
  private static void q4(
      MemorySegment b, long p, float scale, int zero, float min, float[] y, int at) {
    for (int i = 0; i < 16; i++) {
      int q = unsigned(b, p + i);
      y[at + i] = scale * ((q & 15) + zero) + min;
      y[at + i + 16] = scale * ((q >> 4) + zero) + min;
    }
  }

  /// Thirty-two fifth bits, then nibbles.
  private static void q5(
      MemorySegment b, long p, float scale, int zero, float min, float[] y, int at) {
    int high = b.get(INT, p);
    for (int i = 0; i < 16; i++) {
      int q = unsigned(b, p + 4 + i);
      y[at + i] = scale * ((q & 15 | (high >>> i & 1) << 4) + zero) + min;
      y[at + i + 16] = scale * ((q >> 4 | (high >>> i + 16 & 1) << 4) + zero) + min;
    }
  }

  private static void q8(MemorySegment b, long p, float[] y, int at) {
    float scale = half(b, p);
    for (int i = 0; i < 32; i++) {
      y[at + i] = scale * b.get(JAVA_BYTE, p + 2 + i);
    }
  }

  private static void iq4(MemorySegment b, long p, float[] y, int at) {
    float scale = half(b, p);
    for (int i = 0; i < 16; i++) {
      int q = unsigned(b, p + 2 + i);
      y[at + i] = scale * IQ4_NL_VALUES[q & 15];
      y[at + i + 16] = scale * IQ4_NL_VALUES[q >> 4];
    }
  }

  /// Sixteen bytes (scale, minimum) for groups of 16; 64 bytes of pairs of bits; d; dmin.
  private static void q2k(MemorySegment b, long p, float[] y, int at) {
    float d = half(b, p + 80);
    float dmin = half(b, p + 82);
    for (int i = 0; i < 256; i++) {
      int group = unsigned(b, p + i / 16);
      int q = unsigned(b, p + 16 + i / 128 * 32 + i % 32) >> i % 128 / 32 * 2 & 3;
      y[at + i] = d * (group & 15) * q - dmin * (group >> 4);
    }
  }

  /// Thirty-two bytes of third bits; 64 of pairs of bits; 12 with sixteen scales of 6 bits; d.
  private static void q3k(MemorySegment b, long p, float[] y, int at) {
    float d = half(b, p + 108);
    for (int i = 0; i < 256; i++) {
      int low = unsigned(b, p + 32 + i / 128 * 32 + i % 32) >> i % 128 / 32 * 2 & 3;
      int high = unsigned(b, p + i % 32) >> i / 32 & 1;
      y[at + i] = d * (q3kScale(b, p + 96, i / 16) - 32) * (low + 4 * high - 4);
    }
  }

  private static int q3kScale(MemorySegment b, long p, int group) {
    int low = unsigned(b, p + group % 8) >> (group < 8 ? 0 : 4) & 15;
    int high = unsigned(b, p + 8 + group % 4) >> group / 4 * 2 & 3;
    return low | high << 4;
  }

  /// d; dmin; 12 bytes with eight scales and minima of 6 bits; 128 of nibbles.
  private static void q4k(MemorySegment b, long p, float[] y, int at) {
    float d = half(b, p);
    float dmin = half(b, p + 2);
    for (int i = 0; i < 256; i++) {
      int q = unsigned(b, p + 16 + i / 64 * 32 + i % 32) >> i / 32 % 2 * 4 & 15;
      int group = i / 32;
      y[at + i] = d * scale(b, p + 4, group) * q - dmin * minimum(b, p + 4, group);
    }
  }

  /// As Q4_K, with 32 bytes of fifth bits before the nibbles.
  private static void q5k(MemorySegment b, long p, float[] y, int at) {
    float d = half(b, p);
    float dmin = half(b, p + 2);
    for (int i = 0; i < 256; i++) {
      int low = unsigned(b, p + 48 + i / 64 * 32 + i % 32) >> i / 32 % 2 * 4 & 15;
      int high = unsigned(b, p + 16 + i % 32) >> i / 32 & 1;
      int group = i / 32;
      y[at + i] = d * scale(b, p + 4, group) * (low | high << 4) - dmin * minimum(b, p + 4, group);
    }
  }

  static int scale(MemorySegment b, long p, int group) {
    return group < 4
        ? unsigned(b, p + group) & 63
        : unsigned(b, p + group + 4) & 15 | unsigned(b, p + group - 4) >> 6 << 4;
  }

  static int minimum(MemorySegment b, long p, int group) {
    return group < 4
        ? unsigned(b, p + group + 4) & 63
        : unsigned(b, p + group + 4) >> 4 | unsigned(b, p + group) >> 6 << 4;
  }

  /// 128 bytes of low nibbles; 64 of high pairs; sixteen scales of 8 bits; d.
  private static void q6k(MemorySegment b, long p, float[] y, int at) {
    float d = half(b, p + 208);
    for (int i = 0; i < 256; i++) {
      int half = i / 128;
      int quarter = i % 128 / 32;
      int low = unsigned(b, p + half * 64 + quarter % 2 * 32 + i % 32) >> quarter / 2 * 4 & 15;
      int high = unsigned(b, p + 128 + half * 32 + i % 32) >> quarter * 2 & 3;
      y[at + i] = d * b.get(JAVA_BYTE, p + 192 + i / 16) * ((low | high << 4) - 32);
    }
  }

  private static float half(MemorySegment b, long p) {
    return Float.float16ToFloat(b.get(SHORT, p));
  }

  private static int unsigned(MemorySegment b, long p) {
    return b.get(JAVA_BYTE, p) & 0xff;
  }
}
