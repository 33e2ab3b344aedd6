package engram.inference.kernel;

import static engram.inference.kernel.RawMemory.getFloat;
import static engram.inference.kernel.RawMemory.getInt;
import static engram.inference.kernel.RawMemory.setFloat;

/// Attention over pages in Java, row by row: what both twins do alike. How scores are made of keys,
/// and how values are added, is each one's own.
///
/// Threads: any.
abstract class PageRows {
  static final int TOKENS = PageFormat.TOKENS;

  /// Scores of a page's entries, negative infinity where not visible; returns the highest.
  abstract float scores(
      PageFormat format,
      long page,
      long q,
      int query,
      Mask mask,
      float scale,
      float softcap,
      long to);

  /// `out = factor out + p V` for all channels of a page.
  abstract void addValues(PageFormat format, long page, long p, float factor, long out);

  final void attendRow(
      PageFormat format,
      long base,
      long ids,
      int pages,
      long q,
      int query,
      Mask mask,
      float scale,
      float softcap,
      long out,
      long maxAt,
      long sumAt,
      long scores) {
    for (int d = 0; d < format.width(); d++) {
      setFloat(out + 4L * d, 0);
    }
    float max = Float.NEGATIVE_INFINITY;
    float sum = 0;
    for (int i = 0; i < pages; i++) {
      long page = base + getInt(ids + 4L * i) * format.bytes();
      float pageMax = scores(format, page, q, query, mask, scale, softcap, scores);
      if (pageMax == Float.NEGATIVE_INFINITY) {
        continue;
      }
      float newMax = Math.max(max, pageMax);
      float factor = (float) Math.exp(max - newMax);
      sum *= factor;
      for (int j = 0; j < TOKENS; j++) {
        float p = (float) Math.exp(getFloat(scores + 4L * j) - newMax);
        setFloat(scores + 4L * j, p);
        sum += p;
      }
      addValues(format, page, scores, factor, out);
      max = newMax;
    }
    setFloat(maxAt, max);
    setFloat(sumAt, sum);
  }

  final void addRow(
      PageFormat format,
      long base,
      long ids,
      int pages,
      long q,
      int query,
      Mask mask,
      float scale,
      float softcap,
      float lse,
      long out,
      long scores) {
    if (lse == Float.NEGATIVE_INFINITY) {
      return; // saw nothing, gave nothing
    }
    for (int i = 0; i < pages; i++) {
      long page = base + getInt(ids + 4L * i) * format.bytes();
      scores(format, page, q, query, mask, scale, softcap, scores);
      for (int j = 0; j < TOKENS; j++) {
        long at = out + 4 * ((long) i * TOKENS + j);
        setFloat(at, getFloat(at) + (float) Math.exp(getFloat(scores + 4L * j) - lse));
      }
    }
  }
}
