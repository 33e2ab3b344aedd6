package engram.memory;

/// Keeps the levels up with the episodes.
public interface LevelKeeping {
  /// Summarises some of what changed: episodes first, then topics, then profiles, then the budget
  /// is kept. Each step is one transaction after whatever a model was asked; a crash repeats a step
  /// and loses nothing.
  ///
  /// @return whether there was something to do
  boolean summariseNext();

  /// Notes that something was recalled, which makes it last longer. Kept in memory until the next
  /// step; a crash forgets some.
  void recalled(Recall.Result result);
}
