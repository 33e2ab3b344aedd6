package engram.inference.schedule;

import engram.inference.CacheMethods;
import engram.inference.Signal;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A model as the scheduler sees it: a pass over a ragged batch.
///
/// Always holds: what a slice gives depends on its sequence's tokens alone, not on the batch, the
/// cuts between passes, or whether its prefix was shared.
///
/// Threads: the engine's, but for the sizes, which never change.
public interface StepModel extends AutoCloseable {
  int vocabulary();

  /// Tokens that a sequence may have.
  int contextWindow();

  /// Tokens of a page; sequences are shared in whole pages.
  int pageTokens();

  /// Pages in the units of [CachedSequence#pagesToAppend].
  int pagesTotal();

  int pagesFree();

  /// What a cache policy may ask for.
  Set<Signal> signals();

  /// An empty sequence. One whose methods cut its cache down is never forked.
  CachedSequence open(CacheMethods methods);

  /// Seconds that bringing back what follows a sequence's first tokens would take, once it was
  /// demoted; infinitely many where there is no other tier.
  ///
  /// @param from as of [#demote]
  double secondsToBringBack(CachedSequence sequence, int from);

  /// Copies what a sequence has to another tier, so that it may give its pages up and go on later.
  /// The sequence stays the caller's. Null where there is no other tier, or no room in it.
  ///
  /// @param from tokens at the beginning that are not copied, whole pages; 0 for all, and of a
  ///   sequence that keeps all its tokens only, another number
  /// @param owner whose it is; owners see nothing of each other
  /// @param wake called, by any thread, when it was brought back
  @Nullable Demoted demote(CachedSequence sequence, int from, String owner, Runnable wake);

  /// Appends each slice's tokens to its sequence and writes the scores that follow them.
  ///
  /// @param batch no sequence twice; pages for all of it are free
  /// @param logits `[R, V]` with `R` the sum of the slices' `rows`: in their order, the scores that
  ///   follow each of the slice's last `rows` tokens
  void step(List<Slice> batch, float[][] logits);

  /// Gives all memory back.
  @Override
  void close();
}
