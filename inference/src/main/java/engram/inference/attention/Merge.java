package engram.inference.attention;

import engram.inference.kernel.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Partial attention over disjoint entries, put together.
///
/// A part is `sum_j exp(s_j - max) v_j`, its `max` and `sum_j exp(s_j - max)`; parts add up once
/// they stand on the same maximum. Milakov & Gimelshein 2018.
public final class Merge {
  private Merge() {}

  /// Merges results that were divided already, as of a shared prefix and a sequence's own rest:
  /// `out = (exp(lseA) a + exp(lseB) b) / (exp(lseA) + exp(lseB))`, into a. Returns the merged
  /// log-sum-exp.
  public static float weighted(
      MemorySegment a, long aOffset, float lseA, MemorySegment b, long bOffset, float lseB, int n) {
    float max = Math.max(lseA, lseB);
    if (max == Float.NEGATIVE_INFINITY) {
      return max;
    }
    double weightA = Math.exp(lseA - max);
    double weightB = Math.exp(lseB - max);
    double sum = weightA + weightB;
    for (int d = 0; d < n; d++) {
      double merged =
          (weightA * a.get(ValueLayout.JAVA_FLOAT_UNALIGNED, aOffset + 4L * d)
                  + weightB * b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, bOffset + 4L * d))
              / sum;
      a.set(ValueLayout.JAVA_FLOAT_UNALIGNED, aOffset + 4L * d, (float) merged);
    }
    return (float) (max + Math.log(sum));
  }

  /// Row `row` of some parts `[rows, width]`, each followed by its maxima and sums, divided, to
  /// `out`. Returns its log-sum-exp.
  static float row(
      long parts,
      long partBytes,
      int count,
      int row,
      int rows,
      int width,
      int headDim,
      MemorySegment out,
      long outOffset) {
    float max = Float.NEGATIVE_INFINITY;
    double sum = 0;
    for (int i = 0; i < count; i++) {
      long part = parts + i * partBytes;
      float partMax = RawMemory.getFloat(part + 4 * ((long) rows * width + row));
      if (partMax == Float.NEGATIVE_INFINITY) {
        continue;
      }
      float partSum = RawMemory.getFloat(part + 4 * ((long) rows * (width + 1) + row));
      float newMax = Math.max(max, partMax);
      float before = (float) Math.exp(max - newMax);
      float own = (float) Math.exp(partMax - newMax);
      boolean begins = max == Float.NEGATIVE_INFINITY;
      for (int d = 0; d < headDim; d++) {
        float value = own * RawMemory.getFloat(part + 4 * ((long) row * width + d));
        long at = outOffset + 4L * d;
        out.set(
            ValueLayout.JAVA_FLOAT_UNALIGNED,
            at,
            begins ? value : before * out.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at) + value);
      }
      sum = sum * before + (double) own * partSum;
      max = newMax;
    }
    float factor = max == Float.NEGATIVE_INFINITY ? 0 : (float) (1 / sum);
    for (int d = 0; d < headDim; d++) {
      long at = outOffset + 4L * d;
      float value =
          max == Float.NEGATIVE_INFINITY
              ? 0
              : out.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at) * factor;
      out.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
    }
    return (float) (max + Math.log(sum));
  }
}
