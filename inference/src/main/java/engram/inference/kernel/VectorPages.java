package engram.inference.kernel;

import static engram.inference.kernel.RawMemory.getFloat;
import static engram.inference.kernel.RawMemory.getInt;
import static engram.inference.kernel.RawMemory.setFloat;
import static engram.inference.kernel.Vectors.LANES;
import static engram.inference.kernel.Vectors.broadcast;
import static engram.inference.kernel.Vectors.floatsAt;
import static engram.inference.kernel.Vectors.halves;
import static engram.inference.kernel.Vectors.store;
import static engram.inference.kernel.Vectors.zeros;

import jdk.incubator.vector.FloatVector;

/// Attention over pages of floats and halves by the Vector API: lanes are keys, then channels.
/// Pages in codes are the plain twin's.
final class VectorPages extends PageRows {
  private static final VectorPages FLOATS_AND_HALVES = new VectorPages();

  private VectorPages() {}

  static PageRows of(KvType type) {
    return switch (type) {
      case F32, F16 -> FLOATS_AND_HALVES;
      case INT8, INT4 -> JavaPages.ALL_TYPES;
    };
  }

  @Override
  void addValues(PageFormat format, long page, long p, float factor, long out) {
    long values = page + format.valuesOffset();
    for (int c = 0; c < format.width(); c += LANES) {
      if (format.type() == KvType.F16) {
        addHalves(values + 2L * c, format.width(), p, factor, out + 4L * c);
      } else {
        addFloats(values + 4L * c, format.width(), p, factor, out + 4L * c);
      }
    }
  }

  /// `out = factor out + p V` for one vector of channels.
  private static void addFloats(long values, int width, long p, float factor, long out) {
    FloatVector sum = floatsAt(out).mul(factor);
    for (int j = 0; j < TOKENS; j++) {
      sum = floatsAt(values + 4L * j * width).fma(share(p, j), sum);
    }
    store(sum, out);
  }

  private static void addHalves(long values, int width, long p, float factor, long out) {
    FloatVector sum = floatsAt(out).mul(factor);
    for (int j = 0; j < TOKENS; j++) {
      sum = halves(values + 2L * j * width).fma(share(p, j), sum);
    }
    store(sum, out);
  }

  private static FloatVector share(long p, int j) {
    return broadcast(getFloat(p + 4L * j));
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
    for (int j = 0; any && j < TOKENS; j += LANES) {
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
    FloatVector sum = zeros();
    for (int d = 0; d < headDim; d++) {
      FloatVector of = broadcast(getFloat(q + 4L * d) * scale);
      sum = floatsAt(keys + 4L * d * TOKENS).fma(of, sum);
    }
    store(sum, to);
  }

  private static void dotHalves(long keys, int headDim, long q, float scale, long to) {
    FloatVector sum = zeros();
    for (int d = 0; d < headDim; d++) {
      FloatVector of = broadcast(getFloat(q + 4L * d) * scale);
      sum = halves(keys + 2L * d * TOKENS).fma(of, sum);
    }
    store(sum, to);
  }
}
