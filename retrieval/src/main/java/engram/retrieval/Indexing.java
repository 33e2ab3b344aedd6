package engram.retrieval;

import java.time.Duration;
import java.util.function.Consumer;

/// The index of this process, derived from the outbox. One per data folder.
public interface Indexing {
  /// Applies waiting changes and makes them searchable.
  ///
  /// @return whether there was something to do
  boolean applyNext();

  /// Waits until there may be something to apply: [#signal] was called, or the time is over and a
  /// look for another process's changes is due.
  void awaitSignal(Duration timeout) throws InterruptedException;

  /// Says that something was written which searches should see soon.
  void signal();

  /// Makes what was applied durable, so that a restart does not apply it again.
  void commit();

  /// Forgets changes of the outbox that this index has made durable, but for the last `kept`: an
  /// index elsewhere that is further behind than that must be rebuilt.
  ///
  /// @return up to which change the outbox is empty now
  long prune(long kept);

  /// The last change that searches on this process see.
  long appliedSeq();

  /// Waits until searches see a change.
  ///
  /// @return false if the time was over first
  boolean awaitApplied(long seq, Duration timeout);

  /// Builds the index anew from the database, while the old one serves, and switches over.
  void rebuild(Consumer<Progress> progress);

  record Progress(long chunksDone, long chunksTotal) {}

  /// What operators look at.
  ///
  /// @param lagChanges changes in the outbox that searches here do not see yet
  /// @param vectorBytes of vectors and their graphs, what searches should find in memory; the whole
  ///   vectors, of which a search reads its best alone, lie on the disk and do not count
  record State(
      long appliedSeq,
      long headSeq,
      long lagChanges,
      int chunks,
      long bytes,
      long vectorBytes,
      boolean rebuilding) {}

  State state();
}
