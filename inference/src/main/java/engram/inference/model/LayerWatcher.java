package engram.inference.model;

import engram.inference.attention.AttentionBatch;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Follows a pass from layer to layer: how methods get their signals, and where a pattern chooses
/// pages.
///
/// Memory is the pass's own: floats, valid during the call, not to be written. Called by the thread
/// that runs the pass; what it throws ends the pass, with the step's keys in some layers only, so
/// such sequences must be truncated or closed.
public interface LayerWatcher {
  /// @return whether [#attended] of this layer gets the log-sum-exp of scores
  default boolean needsLse(int layer) {
    return false;
  }

  /// The states of all rows, `[T, C]`: 0 after the embedding, `n` after the layer `n - 1`, before
  /// any final norm.
  default void states(int index, MemorySegment states, int rows) {}

  /// Keys are in the cache, attention comes next.
  ///
  /// @param batch part `i` is the step's `i`-th sequence: [AttentionBatch#select] restricts what it
  ///   sees in this layer; the choice is forgotten after it
  /// @param q `[T, H, D]`, rotated; row `t` at `t qStride`
  default void attending(int layer, AttentionBatch batch, MemorySegment q, long qStride) {}

  /// @param lse `[T, H]`, if it was asked for
  /// @param out `[T, H, D]`, before the output projection
  default void attended(
      int layer,
      AttentionBatch batch,
      MemorySegment q,
      long qStride,
      @Nullable MemorySegment lse,
      MemorySegment out) {}
}
