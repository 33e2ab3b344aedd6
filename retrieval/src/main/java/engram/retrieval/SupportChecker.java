package engram.retrieval;

import java.util.List;

/// Judges whether sources carry what a claim says. Any number of threads.
public interface SupportChecker {
  /// How far the sources, taken together, carry the claim: `[0, 1]`, 0 where something that the
  /// claim cannot do without is in none of them.
  double support(String claim, List<String> sources);

  /// Whether that is enough.
  boolean carries(String claim, List<String> sources);
}
