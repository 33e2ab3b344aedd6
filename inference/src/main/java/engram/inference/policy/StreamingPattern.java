package engram.inference.policy;

import engram.inference.AttentionPattern;

/// Every query sees the first tokens and the newest, at their places in the cache. StreamingLLM:
/// Xiao et al., ICLR 2024, section 3.2; four sinks are theirs.
///
/// @param window newest tokens, the query's own included
public record StreamingPattern(int sinks, int window) implements AttentionPattern {
  public static final String NAME = "sinks-window";

  public StreamingPattern {
    if (sinks < 0 || window < 1) {
      throw new IllegalArgumentException("sinks " + sinks + " < 0, or window " + window + " < 1");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Positions positions() {
    return new Positions.InCache();
  }

  @Override
  public int[] spans(int query) {
    return sinksAndWindow(query, sinks, window);
  }

  static int[] sinksAndWindow(int query, int sinks, int window) {
    int from = Math.max(0, query + 1 - window);
    return from <= sinks || sinks == 0
        ? new int[] {sinks == 0 ? from : 0, query + 1}
        : new int[] {0, sinks, from, query + 1};
  }
}
