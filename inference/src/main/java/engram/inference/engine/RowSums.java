package engram.inference.engine;

import engram.inference.Attribution;
import engram.inference.attribute.SpanAttribution;
import engram.inference.schedule.AttentionReader;
import org.jspecify.annotations.Nullable;

/// Hands rows of attention to their sums. A row that is none is told to who asked for the sums, and
/// not to the pass, which others share.
final class RowSums implements AttentionReader {
  private final SpanAttribution sums;
  private final int firstQuery;
  private volatile @Nullable RuntimeException failure;

  RowSums(SpanAttribution sums, int firstQuery) {
    this.sums = sums;
    this.firstQuery = firstQuery;
  }

  @Override
  public int firstQuery() {
    return firstQuery;
  }

  @Override
  public void row(int query, int layer, int head, int[] positions, float[] weights, int count) {
    if (failure == null) {
      try {
        sums.add(query, positions, weights, count);
      } catch (IllegalArgumentException e) {
        failure = e;
      }
    }
  }

  /// @throws IllegalStateException if a row was none
  Attribution result() {
    RuntimeException why = failure;
    if (why != null) {
      throw new IllegalStateException("the model gave no attention", why);
    }
    return sums.result();
  }
}
