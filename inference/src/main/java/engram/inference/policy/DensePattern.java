package engram.inference.policy;

import engram.inference.AttentionPattern;

/// Every query sees all before it, and itself.
public record DensePattern() implements AttentionPattern {
  public static final String NAME = "dense";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Positions positions() {
    return new Positions.True();
  }

  @Override
  public int[] spans(int query) {
    return new int[] {0, query + 1};
  }
}
