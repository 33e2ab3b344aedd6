package engram.inference.policy;

import engram.inference.KvPolicy;
import engram.inference.KvView;
import engram.inference.Signal;
import java.util.EnumSet;
import java.util.Set;

/// The first tokens and the newest stay. StreamingLLM: Xiao, Tian, Chen, Han, Lewis, Efficient
/// Streaming Language Models with Attention Sinks, ICLR 2024, section 3.2; four sinks are theirs.
/// With it go positions in the cache ([StreamingPattern]).
public record SinksAndWindow(int sinks) implements KvPolicy {
  public static final String NAME = "sinks-window";
  public static final int SINKS_OF_PAPER = 4;

  public SinksAndWindow {
    if (sinks < 0) {
      throw new IllegalArgumentException("sinks " + sinks + " < 0");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Set<Signal> needs() {
    return Set.of();
  }

  @Override
  public Set<Moment> moments() {
    return EnumSet.allOf(Moment.class);
  }

  @Override
  public int[][] keep(KvView view, int budgetTokens) {
    Ranking.require(NAME, budgetTokens, sinks + 1);
    int[][] kept = new int[view.kvHeads()][];
    for (int head = 0; head < kept.length; head++) {
      int entries = view.positions()[head].length;
      kept[head] =
          entries <= budgetTokens
              ? Ranking.range(0, entries)
              : Ranking.joined(
                  Ranking.range(0, sinks),
                  Ranking.range(entries - (budgetTokens - sinks), entries));
    }
    return kept;
  }
}
