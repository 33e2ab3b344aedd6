package engram.inference.decode;

import engram.inference.LogitsProcessor;
import engram.inference.decode.grammar.Constraint;

/// Forbids what would break the output's grammar. The last of the processors: what it forbids stays
/// forbidden.
public final class ConstrainedOutput implements LogitsProcessor {
  public static final String NAME = "grammar";

  private final Constraint.Walk walk;
  private final int[] endTokens;

  /// @param endTokens end the output; they may come where the grammar lets it end
  public ConstrainedOutput(Constraint constraint, int[] endTokens) {
    walk = constraint.walk();
    this.endTokens = endTokens.clone();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void apply(float[] scores, StepView step) {
    walk.mask(scores, endTokens);
  }

  @Override
  public void accepted(int token) {
    for (int end : endTokens) {
      if (token == end) {
        return;
      }
    }
    walk.accept(token);
  }

  /// Whether the output so far follows the grammar to its end.
  public boolean mayEnd() {
    return walk.mayEnd();
  }
}
