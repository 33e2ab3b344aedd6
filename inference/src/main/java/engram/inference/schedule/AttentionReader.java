package engram.inference.schedule;

/// Reads rows of attention as they are computed.
///
/// Threads: the engine's. It must not wait.
public interface AttentionReader {
  /// Position of the first query whose rows are wanted. Asking costs a pass over the keys for each
  /// query, layer and head.
  int firstQuery();

  /// The weights of one query in one layer and query head; they sum to 1.
  ///
  /// @param positions of the `count` entries, ascending; neither array may be kept
  void row(int query, int layer, int head, int[] positions, float[] weights, int count);
}
