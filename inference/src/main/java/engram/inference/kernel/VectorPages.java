package engram.inference.kernel;

import static engram.inference.kernel.RawMemory.getFloat;
import static engram.inference.kernel.RawMemory.getInt;
import static engram.inference.kernel.RawMemory.setFloat;

import jdk.incubator.vector.FloatVector;

/// Attention over pages of floats and halves by the Vector API: lanes are keys, then channels.
/// Pages in codes are the plain twin's.
final class VectorPages extends PageRows {
  static final VectorPages FLOATS_AND_HALVES = new VectorPages();

  private VectorPages() {}

  static boolean reads(KvType type) {
    return switch (type) {
      case F32, F16 -> true;
      case INT8, INT4 -> false;
    };
  }

  @Override
  void addValues(PageFormat format, long page, long p, float factor, long out) {
    long values = page + format.valuesOffset();
    for (int c = 0; c < format.width(); c += VectorBackend.LANES) {
      if (format.type() == KvType.F16) {
        addHalves(values + 2L * c, format.width(), p, factor, out + 4L * c);
      } else {
        addFloats(values + 4L * c, format.width(), p, factor, out + 4L * c);
      }
    }
  }

  /// `out = factor out + p V` for one vector of channels.
  private static void addFloats(long values, int width, long p, float factor, long out) {
    FloatVector sum = VectorBackend.plainFloats(out).mul(factor);
    for (int j = 0; j < TOKENS; j++) {
      sum = VectorBackend.plainFloats(values + 4L * j * width).fma(share(p, j), sum);
    }
    VectorBackend.storeFloats(sum, out);
  }

  private static void addHalves(long values, int width, long p, float factor, long out) {
    FloatVector sum = VectorBackend.plainFloats(out).mul(factor);
    for (int j = 0; j < TOKENS; j++) {
      sum = VectorBackend.halves(values + 2L * j * width).fma(share(p, j), sum);
    }
    VectorBackend.storeFloats(sum, out);
  }

  private static FloatVector share(long p, int j) {
    return VectorBackend.everywhere(getFloat(p + 4L * j));
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
    boolean any = false;
    for (int j = 0; j < TOKENS; j++) {
      any |= mask.sees(query, getInt(positions + 4L * j));
    }
    for (int j = 0; any && j < TOKENS; j += VectorBackend.LANES) {
      if (format.type() == KvType.F16) {
        dotHalves(page + 2L * j, format.headDim(), q, scale, to + 4L * j);
      } else {
        dotFloats(page + 4L * j, format.headDim(), q, scale, to + 4L * j);
      }
    }
    float max = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < TOKENS; j++) {
      float score = Float.NEGATIVE_INFINITY;
      if (mask.sees(query, getInt(positions + 4L * j))) {
        score = getFloat(to + 4L * j);
        score = softcap > 0 ? (float) (softcap * Math.tanh(score / softcap)) : score;
      }
      setFloat(to + 4L * j, score);
      max = Math.max(max, score);
    }
    return max;
  }

  private static void dotFloats(long keys, int headDim, long q, float scale, long to) {
    FloatVector sum = VectorBackend.nothing();
    for (int d = 0; d < headDim; d++) {
      FloatVector of = VectorBackend.everywhere(getFloat(q + 4L * d) * scale);
      sum = VectorBackend.plainFloats(keys + 4L * d * TOKENS).fma(of, sum);
    }
    VectorBackend.storeFloats(sum, to);
  }

  private static void dotHalves(long keys, int headDim, long q, float scale, long to) {
    FloatVector sum = VectorBackend.nothing();
    for (int d = 0; d < headDim; d++) {
      FloatVector of = VectorBackend.everywhere(getFloat(q + 4L * d) * scale);
      sum = VectorBackend.halves(keys + 2L * d * TOKENS).fma(of, sum);
    }
    VectorBackend.storeFloats(sum, to);
  }
}
