package engram.inference.schedule;

/// What a model's cache holds of one sequence.
///
/// Threads: the engine's.
public interface CachedSequence extends AutoCloseable {
  /// Tokens that were computed, whatever the cache kept of them.
  int length();

  /// Pages that must be free for so many more tokens, copies of shared pages included.
  int pagesToAppend(int tokens);

  /// Pages that it holds, shared ones too, in the units of [#pagesToAppend].
  int pages();

  /// Counts the next tokens as read without reading them: they leave nothing in the cache, and
  /// those after them keep their places. Such a sequence is never forked.
  void skip(int tokens);

  /// Another sequence that begins with the first `tokens` of this one. It takes no pages where
  /// `tokens` is a multiple of [StepModel#pageTokens].
  CachedSequence fork(int tokens);

  /// Forgets all but the first `tokens`. Takes no pages for what was appended since the last fork.
  void truncate(int tokens);

  /// Tells how likely a token was, given those before it: only for a policy that needs
  /// [engram.inference.Signal#LOGPROB].
  void scored(int position, float logProb);

  /// Gives its pages back; those that nobody else holds are free at once. Twice is harmless.
  @Override
  void close();
}
