package engram.inference;

import java.util.Set;

/// Decides which cached keys and values of one layer stay when a sequence is over its budget:
/// extension point 2. What goes is freed, or demoted to a tier; that is the engine's affair.
///
/// Always holds: of the entries that a head has, at most `budgetTokens` stay; all of them do where
/// they are no more.
///
/// Threads: any; implementations have no state. What they remember of a sequence is in the view.
public interface KvPolicy {
  /// The stable name by which settings and reports call it.
  String name();

  Set<Signal> needs();

  /// When it is asked.
  Set<Moment> moments();

  /// How many of the last queries [Signal#COLSUM_W] sums over.
  default int lastQueries() {
    return 1;
  }

  /// Entries that a layer may keep of `budgetTokens` on average.
  default int budget(int layer, int layers, int budgetTokens) {
    return budgetTokens;
  }

  /// Indices of the entries to keep, `[Hkv]` lists, ascending. Lists may differ in length.
  ///
  /// @param budgetTokens entries kept for each KV head at most; not bytes
  /// @throws IllegalArgumentException if the budget is too small for what always stays, or a signal
  ///   that was declared is missing
  int[][] keep(KvView view, int budgetTokens);

  enum Moment {
    /// After each piece of a prompt.
    PREFILL_CHUNK,
    /// After the whole prompt.
    PREFILL_END,
    /// After a token that was written over the budget.
    DECODE
  }
}
