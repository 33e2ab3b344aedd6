package engram.inference;

/// What a method may ask the engine to measure. None needs a matrix of all tokens by all tokens,
/// and one that nobody asked for costs nothing.
public enum Signal {
  /// The keys themselves.
  KEYS,
  /// The mean key of each page.
  PAGE_MEAN,
  /// The least and greatest of each channel of a page's keys.
  PAGE_MINMAX,
  /// The last queries of a chunk.
  Q_LAST,
  /// The attention that each cached token got from the last queries, summed over them.
  COLSUM_W,
  /// The attention that each cached token got from all queries so far.
  COLSUM_ALL,
  /// The attention of the newest token over all cached ones.
  ROW,
  /// The hidden state that enters a layer.
  HIDDEN,
  /// The log-probability of each token of the prompt and the output.
  LOGPROB,
  /// The scores that an inner layer would give.
  LOGITS_AT
}
