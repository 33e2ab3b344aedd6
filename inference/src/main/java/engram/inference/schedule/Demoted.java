package engram.inference.schedule;

import org.jspecify.annotations.Nullable;

/// A sequence's cache in another tier, or what of it follows its first tokens, while it has no
/// pages.
///
/// Threads: the engine's.
public interface Demoted {
  /// Pages that it takes back, in the units of [CachedSequence#pagesToAppend].
  int pages();

  /// Tokens that were computed, the first ones included.
  int length();

  /// What bringing it back takes, about.
  double seconds();

  /// Begins to bring it back, the first time; whether that has ended, well or not.
  boolean fetch();

  /// The sequence as it was, once [#fetch] has ended and pages are free; null where the tier lost
  /// it, so that it must be computed anew.
  ///
  /// @param before the first tokens, of which it becomes the continuation; closed where null comes
  ///   back. Null where it was demoted whole
  @Nullable CachedSequence restore(@Nullable CachedSequence before);

  /// Lets go of what [#fetch] brought: it stays in the tier.
  void letGo();

  /// Gives it up. Twice is harmless.
  void forget();
}
