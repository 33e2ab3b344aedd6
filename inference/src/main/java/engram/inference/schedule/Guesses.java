package engram.inference.schedule;

import engram.inference.Drafter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a request's drafter guesses. Guesses change nothing but the speed: so a drafter that fails
/// is asked no more, and its request goes on without.
///
/// Threads: the engine's.
final class Guesses {
  private static final Logger LOG = LoggerFactory.getLogger(Guesses.class);
  private static final int[] NONE = new int[0];

  private @Nullable Drafter drafter;
  private boolean knowsPrompt;

  /// @param drafter null where nothing is guessed
  Guesses(@Nullable Drafter drafter) {
    this.drafter = drafter;
  }

  /// At most `most` tokens that may follow `tokens[0..length)`.
  int[] next(int[] tokens, int length, int most) {
    Drafter asked = drafter;
    if (asked == null || most <= 0) {
      return NONE;
    }
    try {
      tellPrompt(asked, tokens, length);
      int[] path = asked.propose(tokens, length, most).likeliestPath();
      return path.length > most ? Arrays.copyOf(path, most) : path;
    } catch (RuntimeException e) {
      giveUp(asked, e);
      return NONE;
    }
  }

  /// That the prompt is all of `tokens[0..length)`, unless it was told already.
  void prompt(int[] tokens, int length) {
    Drafter told = drafter;
    if (told != null) {
      try {
        tellPrompt(told, tokens, length);
      } catch (RuntimeException e) {
        giveUp(told, e);
      }
    }
  }

  private void tellPrompt(Drafter told, int[] tokens, int length) {
    if (!knowsPrompt) {
      knowsPrompt = true;
      told.accepted(tokens, length, length);
    }
  }

  /// That the last `count` of `tokens[0..length)` became final.
  void accepted(int[] tokens, int length, int count) {
    Drafter told = drafter;
    if (told != null) {
      try {
        told.accepted(tokens, length, count);
      } catch (RuntimeException e) {
        giveUp(told, e);
      }
    }
  }

  /// The request has ended.
  void close() {
    Drafter closed = drafter;
    drafter = null;
    if (closed != null) {
      try {
        closed.close();
      } catch (RuntimeException e) {
        LOG.warn("drafter {} did not close", closed.name(), e);
      }
    }
  }

  private void giveUp(Drafter failed, RuntimeException e) {
    LOG.warn("drafter {} failed; its request goes on without it", failed.name(), e);
    close();
  }
}
