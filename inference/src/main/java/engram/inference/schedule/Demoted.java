package engram.inference.schedule;

import org.jspecify.annotations.Nullable;

/// A sequence's cache in another tier, while it has no pages.
///
/// Threads: the engine's.
public interface Demoted {
  /// Pages that it takes back, in the units of [CachedSequence#pagesToAppend].
  int pages();

  /// Tokens that were computed.
  int length();

  /// Begins to bring it back, the first time; whether that has ended, well or not.
  boolean fetch();

  /// The sequence as it was, once [#fetch] has ended and pages are free; null where the tier lost
  /// it, so that it must be computed anew.
  @Nullable CachedSequence restore();

  /// Gives it up. Twice is harmless.
  void forget();
}
