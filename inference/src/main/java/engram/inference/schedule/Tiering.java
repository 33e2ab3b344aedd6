package engram.inference.schedule;

import org.jspecify.annotations.Nullable;

/// Decides what goes to another tier and what is brought back: what is sooner read from there than
/// computed again.
///
/// Threads: the engine's.
final class Tiering implements PrefixTree.Away, PrefixTree.Worth {
  private final StepModel model;
  private final Throughput reading;
  private final Runnable wake;

  /// @param reading how fast prompts are computed lately
  /// @param wake called, by any thread, when something was brought back
  Tiering(StepModel model, Throughput reading, Runnable wake) {
    this.model = model;
    this.reading = reading;
    this.wake = wake;
  }

  @Override
  public @Nullable Demoted demote(CachedSequence kept, int from, String scope) {
    int tokens = kept.length() - from;
    return tokens > 0 && model.secondsToBringBack(kept, from) < reading.secondsFor(tokens)
        ? model.demote(kept, from, scope, wake)
        : null;
  }

  @Override
  public boolean reading(Demoted away, int tokens) {
    return away.seconds() < reading.secondsFor(tokens);
  }
}
