package engram.inference.schedule;

import engram.inference.KvPolicy;
import engram.inference.KvPolicy.Moment;

/// In which pieces one request's prompt is read, and what of it is left out.
///
/// Threads: the engine's.
final class PromptWay {
  /// Tokens of a piece of a prompt whose cache is cut down.
  private static final int PIECE = 64;

  private final JobRequest request;
  private int[] skipped = new int[0];

  PromptWay(JobRequest request) {
    this.request = request;
  }

  /// @param spans `[start, end)` of the prompt, flat, ascending
  void leaveOut(int[] spans) {
    skipped = spans;
  }

  /// Whether something is left out: the cache is then nobody else's.
  boolean skips() {
    return skipped.length > 0;
  }

  /// Goes past what is left out, if the sequence stands before it.
  void skip(CachedSequence sequence) {
    for (int i = 0; i < skipped.length; i += 2) {
      if (sequence.length() == skipped[i]) {
        sequence.skip(skipped[i + 1] - skipped[i]);
      }
    }
  }

  /// As many of `count` tokens as come before what is left out next.
  int uncut(int from, int count) {
    for (int i = 0; i < skipped.length; i += 2) {
      if (from < skipped[i]) {
        return Math.min(count, skipped[i] - from);
      }
    }
    return count;
  }

  Moment momentOf(int from, int count) {
    int prompt = request.prompt().length;
    return from >= prompt
        ? Moment.DECODE
        : from + count >= prompt ? Moment.PREFILL_END : Moment.PREFILL_CHUNK;
  }

  /// Tokens that the next slice must have where the cache is cut down, 0 where any number will do.
  /// What is cut depends on where pieces end: so they end at the same places whatever else runs,
  /// counted from the prompt's end, whose last queries belong together; and what was said already
  /// is computed token by token, as it was.
  ///
  /// @param from tokens that were computed
  int piece(int from, int most) {
    KvPolicy policy = request.methods().policy();
    if (policy == null) {
      return 0;
    }
    int whole = Math.min(most, Math.max(PIECE, policy.lastQueries()));
    int left = request.prompt().length - from;
    return left <= 0 ? 1 : (left - 1) % whole + 1;
  }
}
