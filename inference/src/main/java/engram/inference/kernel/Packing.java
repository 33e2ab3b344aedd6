package engram.inference.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import engram.inference.tensor.ElementType;
import java.lang.foreign.MemorySegment;

/// From a file's rows to panels, and back to floats for embeddings.
final class Packing {
  private static final int ROWS = PanelFormat.ROWS;
  private static final int BLOCK = PanelFormat.BLOCK;

  private Packing() {}

  /// Packs rows `16 panel .. 16 panel + 15`; rows past the end become zeros.
  static void panel(PackedWeights to, MemorySegment data, int panel) {
    long panelBytes = to.format().panelBytes(to.columns());
    MemorySegment out = to.memory().asSlice(panel * panelBytes, panelBytes);
    out.fill((byte) 0);
    long rowBytes = to.type().bytes(to.columns());
    int first = panel * ROWS;
    int count = Math.min(ROWS, to.rows() - first);
    for (int row = 0; row < count; row++) {
      MemorySegment from = data.asSlice((first + row) * rowBytes, rowBytes);
      if (to.format().codes()) {
        codes(to, from, out, row);
      } else {
        floats(to, from, out, row);
      }
    }
  }

  private static void floats(PackedWeights to, MemorySegment from, MemorySegment out, int row) {
    if (to.type() == ElementType.F32) {
      for (int k = 0; k < to.columns(); k++) {
        out.set(
            JAVA_INT_UNALIGNED, 4L * ((long) k * ROWS + row), from.get(JAVA_INT_UNALIGNED, 4L * k));
      }
    } else {
      for (int k = 0; k < to.columns(); k++) {
        out.set(
            JAVA_SHORT_UNALIGNED,
            2L * ((long) k * ROWS + row),
            from.get(JAVA_SHORT_UNALIGNED, 2L * k));
      }
    }
  }

  private static void codes(PackedWeights to, MemorySegment from, MemorySegment out, int row) {
    PanelFormat format = to.format();
    int columns = to.columns();
    CodeBlock block = new CodeBlock();
    int groups = BLOCK / format.group;
    long blockBytes = (long) BLOCK * ROWS * format.bits / 8;
    for (int b = 0; b < columns / BLOCK; b++) {
      block.read(to.type(), from, b);
      long base = b * blockBytes + 4L * row;
      if (format.bits == 8) {
        for (int j = 0; j < 8; j++) {
          out.set(JAVA_INT_UNALIGNED, base + 64L * j, fourCodes(block.codes, 4 * j));
        }
      } else {
        for (int j = 0; j < 4; j++) {
          int low = fourCodes(block.codes, 4 * j);
          int high = fourCodes(block.codes, 16 + 4 * j);
          out.set(JAVA_INT_UNALIGNED, base + 64L * j, low | high << 4);
        }
      }
      for (int g = 0; g < groups; g++) {
        long index = ((long) b * groups + g) * ROWS + row;
        scale(format, out, format.scalesOffset(columns), index, block.scales[g]);
        if (format.minima) {
          scale(format, out, format.minimaOffset(columns), index, block.minima[g]);
        }
      }
    }
  }

  private static int fourCodes(byte[] codes, int at) {
    return (codes[at] & 0xff)
        | (codes[at + 1] & 0xff) << 8
        | (codes[at + 2] & 0xff) << 16
        | codes[at + 3] << 24;
  }

  private static void scale(
      PanelFormat format, MemorySegment out, long offset, long index, float value) {
    if (format.scaleBytes == 2) {
      // Exact: the file's own half went through a float.
      out.set(JAVA_SHORT_UNALIGNED, offset + 2 * index, Float.floatToFloat16(value));
    } else {
      out.set(JAVA_FLOAT_UNALIGNED, offset + 4 * index, value);
    }
  }

  /// Row `row` as floats: the file's values, in the order of operations of the format's definition.
  static void unpackRow(PackedWeights from, int row, long to) {
    PanelFormat format = from.format();
    int columns = from.columns();
    long panel = from.address() + row / ROWS * format.panelBytes(columns);
    int lane = row % ROWS;
    switch (format) {
      case F32 -> {
        for (int k = 0; k < columns; k++) {
          RawMemory.setFloat(
              to + 4L * k, RawMemory.getFloat(panel + 4L * ((long) k * ROWS + lane)));
        }
      }
      case F16 -> {
        for (int k = 0; k < columns; k++) {
          RawMemory.setFloat(to + 4L * k, RawMemory.getHalf(panel + 2L * ((long) k * ROWS + lane)));
        }
      }
      case BF16 -> {
        for (int k = 0; k < columns; k++) {
          RawMemory.setFloat(
              to + 4L * k, RawMemory.getBrain(panel + 2L * ((long) k * ROWS + lane)));
        }
      }
      case CODES8,
          CODES4,
          CODES8_MIN,
          CODES4_MIN,
          CODES8_MIN_WIDE,
          CODES4_MIN_WIDE,
          CODES8_FINE,
          CODES4_FINE,
          CODES4_MIN_FINE ->
          unpackCodes(from, panel, lane, to);
    }
  }

  private static void unpackCodes(PackedWeights from, long panel, int lane, long to) {
    PanelFormat format = from.format();
    int columns = from.columns();
    int zero = from.zero();
    for (int k = 0; k < columns; k++) {
      int code = code(format, panel, lane, k);
      long group = (long) (k / format.group) * ROWS + lane;
      float value = scaleAt(format, panel + format.scalesOffset(columns), group) * (code - zero);
      if (format.minima) {
        value += scaleAt(format, panel + format.minimaOffset(columns), group);
      }
      RawMemory.setFloat(to + 4L * k, value);
    }
  }

  static int code(PanelFormat format, long panel, int lane, int k) {
    int in = k % BLOCK;
    long block = panel + (long) (k / BLOCK) * BLOCK * ROWS * format.bits / 8;
    if (format.bits == 8) {
      return RawMemory.getByte(block + (in / 4) * 64L + lane * 4L + in % 4) & 0xff;
    }
    int pair = RawMemory.getByte(block + (in % 16 / 4) * 64L + lane * 4L + in % 4) & 0xff;
    return in < 16 ? pair & 0xf : pair >>> 4;
  }

  static float scaleAt(PanelFormat format, long scales, long index) {
    return format.scaleBytes == 2
        ? RawMemory.getHalf(scales + 2 * index)
        : RawMemory.getFloat(scales + 4 * index);
  }

  /// Thirty-two weights of a row as codes with scales and minima.
  private static final class CodeBlock {
    // The format's sixteen values, moved by 128 so that they are codes of eight bits.
    private static final int[] NON_LINEAR = {
      1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241
    };

    final byte[] codes = new byte[BLOCK];
    final float[] scales = new float[2];
    final float[] minima = new float[2];

    /// Reads block `index` of 32 of a row. Layouts as in the GGUF format's definition of each type.
    void read(ElementType type, MemorySegment row, int index) {
      long at =
          type.blockElements() == BLOCK
              ? (long) index * type.blockBytes()
              : (long) (index / 8) * type.blockBytes();
      int sub = index % 8;
      switch (type) {
        case Q8_0 -> {
          scales[0] = half(row, at);
          for (int i = 0; i < BLOCK; i++) {
            codes[i] = (byte) (row.get(JAVA_BYTE, at + 2 + i) ^ 0x80);
          }
        }
        case Q4_0 -> {
          scales[0] = half(row, at);
          nibbles(row, at + 2);
        }
        case Q4_1 -> {
          scales[0] = half(row, at);
          minima[0] = half(row, at + 2);
          nibbles(row, at + 4);
        }
        case Q5_0 -> {
          scales[0] = half(row, at);
          nibbles(row, at + 6);
          fifthBits(row.get(JAVA_INT_UNALIGNED, at + 2));
        }
        case Q5_1 -> {
          scales[0] = half(row, at);
          minima[0] = half(row, at + 2);
          nibbles(row, at + 8);
          fifthBits(row.get(JAVA_INT_UNALIGNED, at + 4));
        }
        case IQ4_NL -> {
          scales[0] = half(row, at);
          nibbles(row, at + 2);
          for (int i = 0; i < BLOCK; i++) {
            codes[i] = (byte) NON_LINEAR[codes[i]];
          }
        }
        case Q2_K -> twoBits(row, at, sub);
        case Q3_K -> threeBits(row, at, sub);
        case Q4_K -> {
          scalesAndMinima(row, at, sub);
          superNibbles(row, at + 16, sub);
        }
        case Q5_K -> {
          scalesAndMinima(row, at, sub);
          superNibbles(row, at + 48, sub);
          for (int i = 0; i < BLOCK; i++) {
            codes[i] |= (byte) (((row.get(JAVA_BYTE, at + 16 + i) >>> sub) & 1) << 4);
          }
        }
        case Q6_K -> sixBits(row, at, sub);
        case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no codes");
      }
    }

    private static float half(MemorySegment row, long at) {
      return Float.float16ToFloat(row.get(JAVA_SHORT_UNALIGNED, at));
    }

    private void nibbles(MemorySegment row, long at) {
      for (int i = 0; i < 16; i++) {
        int pair = row.get(JAVA_BYTE, at + i) & 0xff;
        codes[i] = (byte) (pair & 0xf);
        codes[i + 16] = (byte) (pair >>> 4);
      }
    }

    private void fifthBits(int bits) {
      for (int i = 0; i < BLOCK; i++) {
        codes[i] |= (byte) (((bits >>> i) & 1) << 4);
      }
    }

    private void superNibbles(MemorySegment row, long at, int sub) {
      int shift = 4 * (sub & 1);
      for (int i = 0; i < BLOCK; i++) {
        codes[i] = (byte) ((row.get(JAVA_BYTE, at + 32L * (sub / 2) + i) >>> shift) & 0xf);
      }
    }

    private void scalesAndMinima(MemorySegment row, long at, int sub) {
      long packed = at + 4;
      int scale;
      int minimum;
      if (sub < 4) {
        scale = row.get(JAVA_BYTE, packed + sub) & 63;
        minimum = row.get(JAVA_BYTE, packed + sub + 4) & 63;
      } else {
        int low = row.get(JAVA_BYTE, packed + sub + 4) & 0xff;
        scale = (low & 0xf) | (row.get(JAVA_BYTE, packed + sub - 4) & 0xc0) >>> 2;
        minimum = low >>> 4 | (row.get(JAVA_BYTE, packed + sub) & 0xc0) >>> 2;
      }
      scales[0] = half(row, at) * scale;
      minima[0] = -(half(row, at + 2) * minimum);
    }

    private void twoBits(MemorySegment row, long at, int sub) {
      float d = half(row, at + 80);
      float least = half(row, at + 82);
      for (int g = 0; g < 2; g++) {
        int packed = row.get(JAVA_BYTE, at + 2L * sub + g) & 0xff;
        scales[g] = d * (packed & 0xf);
        minima[g] = -(least * (packed >>> 4));
      }
      for (int i = 0; i < BLOCK; i++) {
        int four = row.get(JAVA_BYTE, at + 16 + 32L * (sub / 4) + i);
        codes[i] = (byte) ((four >>> (2 * (sub % 4))) & 3);
      }
    }

    private void threeBits(MemorySegment row, long at, int sub) {
      float d = half(row, at + 108);
      for (int g = 0; g < 2; g++) {
        int i = 2 * sub + g;
        int low = ((row.get(JAVA_BYTE, at + 96 + i % 8) & 0xff) >>> (i < 8 ? 0 : 4)) & 0xf;
        int high = ((row.get(JAVA_BYTE, at + 104 + i % 4) & 0xff) >>> (2 * (i / 4))) & 3;
        scales[g] = d * ((low | (high << 4)) - 32);
      }
      for (int i = 0; i < BLOCK; i++) {
        int low = (row.get(JAVA_BYTE, at + 32 + 32L * (sub / 4) + i) >>> (2 * (sub % 4))) & 3;
        int high = (row.get(JAVA_BYTE, at + i) >>> sub) & 1;
        codes[i] = (byte) (low | high << 2);
      }
    }

    private void sixBits(MemorySegment row, long at, int sub) {
      float d = half(row, at + 208);
      int half = sub / 4;
      int part = sub % 4;
      for (int g = 0; g < 2; g++) {
        scales[g] = d * row.get(JAVA_BYTE, at + 192 + 8L * half + 2L * part + g);
      }
      long low = at + 64L * half + 32L * (part & 1);
      long high = at + 128 + 32L * half;
      for (int i = 0; i < BLOCK; i++) {
        int nibble = (row.get(JAVA_BYTE, low + i) >>> (4 * (part >>> 1))) & 0xf;
        int top = (row.get(JAVA_BYTE, high + i) >>> (2 * part)) & 3;
        codes[i] = (byte) (nibble | top << 4);
      }
    }
  }
}
