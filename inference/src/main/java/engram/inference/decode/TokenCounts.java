package engram.inference.decode;

import java.util.HashMap;
import java.util.Map;

/// Which tokens a sequence has, and how often its output has them: what penalties ask.
///
/// Threads: one sequence's, one caller at a time.
public final class TokenCounts {
  /// By token: how often the output has it; 0 where only the prompt does.
  private final Map<Integer, Integer> outputCounts = new HashMap<>();

  public TokenCounts(int[] prompt) {
    for (int token : prompt) {
      outputCounts.put(token, 0);
    }
  }

  public void add(int token) {
    outputCounts.merge(token, 1, Integer::sum);
  }

  void forEach(Visitor visitor) {
    outputCounts.forEach((token, count) -> visitor.visit(token, count));
  }

  int outputCount(int token) {
    return outputCounts.getOrDefault(token, 0);
  }

  interface Visitor {
    void visit(int token, int outputCount);
  }
}
