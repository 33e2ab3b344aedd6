package engram.inference.attention;

import engram.inference.cache.KvSequence;
import engram.inference.kernel.Mask;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The sequences of a step: which rows of the batch's queries are whose.
///
/// Used for all layers of a step; [#clear] makes it ready for the next.
public final class AttentionBatch {
  /// @param firstRow row of the sequence's first query in the batch
  /// @param pages what its queries see; null: all pages
  /// @param mask in place of the layer's own; null: that one
  record Part(
      KvSequence sequence,
      int firstRow,
      int tokens,
      @Nullable PageSelection pages,
      @Nullable Mask mask) {
    Mask maskOr(Mask ofLayer) {
      return mask == null ? ofLayer : mask;
    }
  }

  final List<Part> parts = new ArrayList<>();
  private final MemorySegment positions;
  private int rows;

  /// @param positions of each query, `int[rows]`, outside the heap; may be filled later
  public AttentionBatch(MemorySegment positions) {
    this.positions = positions;
  }

  /// The next `tokens` rows are queries of this sequence, whose own keys are in the cache already.
  public AttentionBatch add(KvSequence sequence, int tokens) {
    return add(sequence, tokens, null);
  }

  /// As above, with chosen pages. The choice may differ by layer: see [#select].
  public AttentionBatch add(KvSequence sequence, int tokens, @Nullable PageSelection pages) {
    return add(sequence, tokens, pages, null);
  }

  /// As above, under a mask of its own; a sequence may come more than once.
  public AttentionBatch add(
      KvSequence sequence, int tokens, @Nullable PageSelection pages, @Nullable Mask mask) {
    if (tokens < 1 || (rows + (long) tokens) * 4 > positions.byteSize()) {
      throw new IllegalArgumentException(
          tokens + " tokens after " + rows + " rows of " + positions.byteSize() / 4);
    }
    parts.add(new Part(sequence, rows, tokens, pages, mask));
    rows += tokens;
    return this;
  }

  /// Changes the pages of part `index` for the calls that follow.
  public void select(int index, @Nullable PageSelection pages) {
    Part part = parts.get(index);
    parts.set(index, new Part(part.sequence(), part.firstRow(), part.tokens(), pages, part.mask()));
  }

  /// The pages of part `index`; null: all.
  public @Nullable PageSelection selection(int index) {
    return parts.get(index).pages();
  }

  public int rows() {
    return rows;
  }

  public MemorySegment positions() {
    return positions;
  }

  int position(int row) {
    return positions.getAtIndex(ValueLayout.JAVA_INT, row);
  }

  public void clear() {
    parts.clear();
    rows = 0;
  }
}
