package engram.api.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Ends a wait for work of the server's that goes no further, as it is where no worker runs.
final class Standstill {
  private final String what;
  private final Duration max;
  private @Nullable Integer before;
  private long since = System.nanoTime();

  /// @param what is waited for, in the plural
  /// @param max how long nothing may change
  Standstill(String what, Duration max) {
    this.what = what;
    this.max = max;
  }

  /// @param left how many are not done
  /// @throws CommandException if as many have been left for too long
  void look(int left) {
    if (before == null || before != left) {
      before = left;
      since = System.nanoTime();
    } else if (System.nanoTime() - since > max.toNanos()) {
      throw new CommandException(
          "Nothing went on for %d seconds, with %d %s left; GET /api/jobs says what they wait for."
              .formatted(max.toSeconds(), left, what));
    }
  }
}
