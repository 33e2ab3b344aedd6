package engram.inference.kernel;

import static engram.inference.kernel.RawMemory.getByte;
import static engram.inference.kernel.RawMemory.getFloat;
import static engram.inference.kernel.RawMemory.getHalf;
import static engram.inference.kernel.RawMemory.getInt;
import static engram.inference.kernel.RawMemory.setByte;
import static engram.inference.kernel.RawMemory.setFloat;
import static engram.inference.kernel.RawMemory.setHalf;

/// Pages in plain Java: what their bytes mean, and attention over them.
final class JavaPages extends PageRows {
  static final JavaPages ALL_TYPES = new JavaPages();

  private static final int GROUP = 32;

  private JavaPages() {}

  static void store(PageFormat format, long page, int slot, long k, long v) {
    switch (format.type()) {
      case F32 -> {
        for (int d = 0; d < format.headDim(); d++) {
          setFloat(page + 4L * (d * TOKENS + slot), getFloat(k + 4L * d));
          setFloat(
              page + format.valuesOffset() + 4L * (slot * format.width() + d),
              getFloat(v + 4L * d));
        }
      }
      case F16 -> {
        for (int d = 0; d < format.headDim(); d++) {
          setHalf(page + 2L * (d * TOKENS + slot), getFloat(k + 4L * d));
          setHalf(
              page + format.valuesOffset() + 2L * (slot * format.width() + d),
              getFloat(v + 4L * d));
        }
      }
      case INT8, INT4 -> {
        int groups = format.width() / GROUP;
        for (int g = 0; g < groups; g++) {
          encode(format, page, slot, g, k, true);
          encode(format, page, slot, g, v, false);
        }
      }
    }
  }

  private static void encode(PageFormat format, long page, int slot, int g, long x, boolean key) {
    int groups = format.width() / GROUP;
    int first = g * GROUP;
    int last = Math.min(format.headDim(), first + GROUP);
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    float poison = 0;
    for (int d = first; d < last; d++) {
      float value = getFloat(x + 4L * d);
      least = Math.min(least, value);
      most = Math.max(most, value);
      poison += value * 0;
    }
    boolean eight = format.type() == KvType.INT8;
    // The scale is rounded to a half first, and codes are made with what was stored.
    float scale =
        Float.float16ToFloat(
            Float.floatToFloat16(
                poison + (eight ? Math.max(-least, most) / 127 : (most - least) / 15)));
    float minimum = eight ? 0 : Float.float16ToFloat(Float.floatToFloat16(least));
    float inverse = scale > 0 ? 1 / scale : 0;
    long scales = page + (key ? format.keyScalesOffset() : format.valueScalesOffset());
    long index = key ? (long) g * TOKENS + slot : (long) slot * groups + g;
    setHalf(scales + 2 * index, scale);
    if (!eight) {
      setHalf(scales + 2 * ((long) groups * TOKENS + index), minimum);
    }
    for (int d = first; d < last; d++) {
      float code = (float) Math.rint((getFloat(x + 4L * d) - minimum) * inverse);
      if (eight) {
        setByte(codeAddress(format, page, slot, d, key), (byte) Math.clamp((int) code, -127, 127));
      } else {
        setNibble(format, page, slot, d, key, Math.clamp((int) code, 0, 15));
      }
    }
  }

  private static long codeAddress(PageFormat format, long page, int slot, int d, boolean key) {
    return key
        ? page + (long) d * TOKENS + slot
        : page + format.valuesOffset() + (long) slot * format.width() + d;
  }

  private static long pairAddress(PageFormat format, long page, int slot, int d, boolean key) {
    return key
        ? page + (long) d * (TOKENS / 2) + slot % 16
        : page
            + format.valuesOffset()
            + (long) slot * (format.width() / 2)
            + d / GROUP * 16L
            + d % 16;
  }

  private static boolean high(int slot, int d, boolean key) {
    return (key ? slot : d % GROUP) >= 16;
  }

  private static void setNibble(
      PageFormat format, long page, int slot, int d, boolean key, int code) {
    long at = pairAddress(format, page, slot, d, key);
    int pair = getByte(at);
    setByte(at, (byte) (high(slot, d, key) ? (pair & 0x0f) | (code << 4) : (pair & 0xf0) | code));
  }

  static float key(PageFormat format, long page, int d, int slot) {
    return switch (format.type()) {
      case F32 -> getFloat(page + 4L * (d * TOKENS + slot));
      case F16 -> getHalf(page + 2L * (d * TOKENS + slot));
      case INT8, INT4 -> decode(format, page, slot, d, true);
    };
  }

  static float value(PageFormat format, long page, int slot, int d) {
    return switch (format.type()) {
      case F32 -> getFloat(page + format.valuesOffset() + 4L * (slot * format.width() + d));
      case F16 -> getHalf(page + format.valuesOffset() + 2L * (slot * format.width() + d));
      case INT8, INT4 -> decode(format, page, slot, d, false);
    };
  }

  private static float decode(PageFormat format, long page, int slot, int d, boolean key) {
    int groups = format.width() / GROUP;
    int g = d / GROUP;
    long scales = page + (key ? format.keyScalesOffset() : format.valueScalesOffset());
    long index = key ? (long) g * TOKENS + slot : (long) slot * groups + g;
    float scale = getHalf(scales + 2 * index);
    if (format.type() == KvType.INT8) {
      return scale * getByte(codeAddress(format, page, slot, d, key));
    }
    int pair = getByte(pairAddress(format, page, slot, d, key)) & 0xff;
    int code = high(slot, d, key) ? pair >>> 4 : pair & 0xf;
    return scale * code + getHalf(scales + 2 * ((long) groups * TOKENS + index));
  }

  @Override
  void addValues(PageFormat format, long page, long p, float factor, long out) {
    for (int d = 0; d < format.headDim(); d++) {
      float value = getFloat(out + 4L * d) * factor;
      for (int j = 0; j < TOKENS; j++) {
        value += getFloat(p + 4L * j) * value(format, page, j, d);
      }
      setFloat(out + 4L * d, value);
    }
  }

  @Override
  float scores(
      PageFormat format,
      long page,
      long q,
      int query,
      Mask mask,
      float scale,
      float softcap,
      long to) {
    long positions = page + format.positionsOffset();
    float max = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < TOKENS; j++) {
      float score = Float.NEGATIVE_INFINITY;
      if (mask.sees(query, getInt(positions + 4L * j))) {
        score = 0;
        for (int d = 0; d < format.headDim(); d++) {
          score += getFloat(q + 4L * d) * scale * key(format, page, d, j);
        }
        if (softcap > 0) {
          score = (float) (softcap * Math.tanh(score / softcap));
        }
      }
      setFloat(to + 4L * j, score);
      max = Math.max(max, score);
    }
    return max;
  }
}
