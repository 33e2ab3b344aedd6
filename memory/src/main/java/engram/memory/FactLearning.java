package engram.memory;

/// Learns facts from the logs, behind them.
public interface FactLearning {
  /// Reads some of what is new in one tenant's log and adds the claims that it makes. What was read
  /// and what it gave are one transaction, so a crash neither loses nor repeats a claim.
  ///
  /// @return whether there was something to read
  boolean learnNext();
}
