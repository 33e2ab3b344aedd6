package engram.inference.kernel;

import engram.inference.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/// What the kernels should give, written again from the formats' definitions: whole super-blocks in
/// the order of their bytes, sums in double.
final class Oracle {
  private Oracle() {}

  /// A random matrix in a file's layout; scales are ordinary numbers, codes are any bytes.
  static MemorySegment randomWeights(
      Arena arena, ElementType type, int rows, int columns, Random random) {
    MemorySegment data = arena.allocate(Math.max(1, rows * type.bytes(columns)), 64);
    data = data.asSlice(0, rows * type.bytes(columns));
    byte[] bytes = new byte[(int) data.byteSize()];
    random.nextBytes(bytes);
    MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
    int blocks = (int) (data.byteSize() / type.blockBytes());
    for (int b = 0; b < blocks; b++) {
      long at = (long) b * type.blockBytes();
      switch (type) {
        case F32 -> data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, weight(random));
        case F16 -> half(data, at, weight(random));
        case BF16 ->
            data.set(
                ValueLayout.JAVA_SHORT_UNALIGNED,
                at,
                (short) (Float.floatToRawIntBits(weight(random)) >>> 16));
        case Q4_0, Q5_0, Q8_0, IQ4_NL -> half(data, at, weight(random));
        case Q4_1, Q5_1, Q4_K, Q5_K -> {
          half(data, at, weight(random));
          half(data, at + 2, weight(random));
        }
        case Q2_K -> {
          half(data, at + 80, weight(random));
          half(data, at + 82, weight(random));
        }
        case Q3_K -> half(data, at + 108, weight(random));
        case Q6_K -> half(data, at + 208, weight(random));
      }
    }
    return data;
  }

  /// Like trained weights: small, and a few below the normal halves.
  private static float weight(Random random) {
    return (float) (random.nextGaussian() * (random.nextInt(200) == 0 ? 1e-6 : 0.02));
  }

  private static void half(MemorySegment data, long at, float value) {
    data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(value));
  }

  /// One row's values, as floats: what the format's definition says, operation by operation.
  static float[] row(ElementType type, MemorySegment data, int row, int columns) {
    byte[] raw = data.toArray(ValueLayout.JAVA_BYTE);
    float[] out = new float[columns];
    int blockElements = type.blockElements();
    for (int b = 0; b < columns / blockElements; b++) {
      int at = (int) (row * type.bytes(columns)) + b * type.blockBytes();
      int to = b * blockElements;
      switch (type) {
        case F32 -> out[to] = Float.intBitsToFloat(u16(raw, at) | u16(raw, at + 2) << 16);
        case F16 -> out[to] = f16(raw, at);
        case BF16 -> out[to] = Float.intBitsToFloat(u16(raw, at) << 16);
        case Q8_0 -> {
          for (int i = 0; i < 32; i++) {
            out[to + i] = f16(raw, at) * raw[at + 2 + i];
          }
        }
        case Q4_0, IQ4_NL -> {
          int[] table = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
          for (int i = 0; i < 16; i++) {
            int pair = raw[at + 2 + i] & 0xff;
            int low = pair & 15;
            int high = pair >> 4;
            out[to + i] = f16(raw, at) * (type == ElementType.Q4_0 ? low - 8 : table[low]);
            out[to + i + 16] = f16(raw, at) * (type == ElementType.Q4_0 ? high - 8 : table[high]);
          }
        }
        case Q4_1 -> {
          for (int i = 0; i < 16; i++) {
            int pair = raw[at + 4 + i] & 0xff;
            out[to + i] = f16(raw, at) * (pair & 15) + f16(raw, at + 2);
            out[to + i + 16] = f16(raw, at) * (pair >> 4) + f16(raw, at + 2);
          }
        }
        case Q5_0, Q5_1 -> {
          boolean plain = type == ElementType.Q5_0;
          int bitsAt = at + (plain ? 2 : 4);
          int bits = u16(raw, bitsAt) | u16(raw, bitsAt + 2) << 16;
          for (int i = 0; i < 16; i++) {
            int pair = raw[bitsAt + 4 + i] & 0xff;
            int low = (pair & 15) | ((bits >>> i) & 1) << 4;
            int high = (pair >> 4) | ((bits >>> (i + 16)) & 1) << 4;
            float d = f16(raw, at);
            out[to + i] = plain ? d * (low - 16) : d * low + f16(raw, at + 2);
            out[to + i + 16] = plain ? d * (high - 16) : d * high + f16(raw, at + 2);
          }
        }
        case Q2_K -> q2(raw, at, out, to);
        case Q3_K -> q3(raw, at, out, to);
        case Q4_K, Q5_K -> q45(type, raw, at, out, to);
        case Q6_K -> q6(raw, at, out, to);
      }
    }
    return out;
  }

  private static void q2(byte[] raw, int at, float[] out, int to) {
    float d = f16(raw, at + 80);
    float least = f16(raw, at + 82);
    int scale = 0;
    for (int half = 0; half < 2; half++) {
      for (int shift = 0; shift < 8; shift += 2) {
        for (int part = 0; part < 2; part++) {
          int sc = raw[at + scale++] & 0xff;
          for (int l = 0; l < 16; l++) {
            int q = (raw[at + 16 + 32 * half + 16 * part + l] & 0xff) >> shift & 3;
            out[to++] = d * (sc & 15) * q - least * (sc >> 4);
          }
        }
      }
    }
  }

  private static void q3(byte[] raw, int at, float[] out, int to) {
    int[] scales = new int[16];
    for (int i = 0; i < 16; i++) {
      int low = i < 8 ? raw[at + 96 + i] & 15 : (raw[at + 96 + i - 8] & 0xff) >> 4;
      int high = (raw[at + 104 + i % 4] & 0xff) >> (2 * (i / 4)) & 3;
      scales[i] = (low | high << 4) - 32;
    }
    float d = f16(raw, at + 108);
    int scale = 0;
    int mask = 1;
    for (int half = 0; half < 2; half++) {
      for (int shift = 0; shift < 8; shift += 2) {
        for (int part = 0; part < 2; part++) {
          float dl = d * scales[scale++];
          for (int l = 0; l < 16; l++) {
            int q = (raw[at + 32 + 32 * half + 16 * part + l] & 0xff) >> shift & 3;
            int minus = (raw[at + 16 * part + l] & mask) != 0 ? 0 : 4;
            out[to++] = dl * (q - minus);
          }
        }
        mask <<= 1;
      }
    }
  }

  private static void q45(ElementType type, byte[] raw, int at, float[] out, int to) {
    float d = f16(raw, at);
    float least = f16(raw, at + 2);
    boolean five = type == ElementType.Q5_K;
    int codes = at + (five ? 48 : 16);
    for (int sub = 0; sub < 8; sub++) {
      int s = at + 4;
      int scale;
      int minimum;
      if (sub < 4) {
        scale = raw[s + sub] & 63;
        minimum = raw[s + sub + 4] & 63;
      } else {
        scale = (raw[s + sub + 4] & 15) | ((raw[s + sub - 4] & 0xff) >> 6) << 4;
        minimum = (raw[s + sub + 4] & 0xff) >> 4 | ((raw[s + sub] & 0xff) >> 6) << 4;
      }
      float dl = d * scale;
      float ml = least * minimum;
      for (int l = 0; l < 32; l++) {
        int pair = raw[codes + 32 * (sub / 2) + l] & 0xff;
        int q = sub % 2 == 0 ? pair & 15 : pair >> 4;
        if (five && (raw[at + 16 + l] >> sub & 1) != 0) {
          q += 16;
        }
        out[to++] = dl * q - ml;
      }
    }
  }

  private static void q6(byte[] raw, int at, float[] out, int to) {
    float d = f16(raw, at + 208);
    for (int half = 0; half < 2; half++) {
      int ql = at + 64 * half;
      int qh = at + 128 + 32 * half;
      int sc = at + 192 + 8 * half;
      for (int l = 0; l < 32; l++) {
        int is = l / 16;
        int high = raw[qh + l] & 0xff;
        int q1 = ((raw[ql + l] & 15) | (high & 3) << 4) - 32;
        int q2 = ((raw[ql + l + 32] & 15) | (high >> 2 & 3) << 4) - 32;
        int q3 = ((raw[ql + l] & 0xff) >> 4 | (high >> 4 & 3) << 4) - 32;
        int q4 = ((raw[ql + l + 32] & 0xff) >> 4 | (high >> 6 & 3) << 4) - 32;
        int base = to + 128 * half + l;
        out[base] = d * raw[sc + is] * q1;
        out[base + 32] = d * raw[sc + is + 2] * q2;
        out[base + 64] = d * raw[sc + is + 4] * q3;
        out[base + 96] = d * raw[sc + is + 6] * q4;
      }
    }
  }

  private static int u16(byte[] raw, int at) {
    return (raw[at] & 0xff) | (raw[at + 1] & 0xff) << 8;
  }

  private static float f16(byte[] raw, int at) {
    return Float.float16ToFloat((short) u16(raw, at));
  }

  static MemorySegment floats(Arena arena, float... values) {
    MemorySegment segment = RawMemory.floats(arena, values.length);
    MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, values.length);
    return segment;
  }

  static MemorySegment random(Arena arena, int count, Random random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return floats(arena, values);
  }

  static float at(MemorySegment segment, long index) {
    return segment.getAtIndex(ValueLayout.JAVA_FLOAT, index);
  }
}
