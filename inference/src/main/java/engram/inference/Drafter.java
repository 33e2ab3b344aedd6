package engram.inference;

/// Guesses tokens ahead, to be verified in one pass: extension point 6.
///
/// A draft changes only how fast tokens come, never which: the engine draws each token from the
/// model's own scores as if there were no draft, and uses a drafted token's scores where the draft
/// guessed what was drawn. So the tokens are the same to the last one, drawn or greedy.
///
/// (For a draft that is one guess and not a distribution this is speculative sampling: Leviathan,
/// Kalman, Matias, ICML 2023, algorithm 1 accepts a guess `x` with probability `min(1, p(x) / 1)`,
/// which is that of drawing it.)
///
/// Threads: one instance per sequence, called by the engine's thread; what instances share is the
/// drafter's own affair. It must not wait.
public interface Drafter extends AutoCloseable {
  /// The stable name by which settings and reports call it.
  String name();

  /// Tokens that may follow.
  ///
  /// @param tokens the prompt and the output so far, the first `length` of the array; not to be
  ///   changed, nor kept
  /// @param maxTokens most nodes of the draft, at least 0
  Draft propose(int[] tokens, int length, int maxTokens);

  /// The next tokens became final: the `count` last of `tokens[0..length)`. The first call has the
  /// prompt.
  void accepted(int[] tokens, int length, int count);

  /// The sequence has ended.
  @Override
  void close();
}
