package engram.inference.policy;

import engram.inference.KvPolicy;
import engram.inference.KvView;
import engram.inference.Signal;
import java.util.EnumSet;
import java.util.Set;

/// What all queries so far attended to most stays, and the newest. H2O: Zhang et al., Heavy-Hitter
/// Oracle for Efficient Generative Inference, NeurIPS 2023, algorithm 1: half of the budget is the
/// newest, half the greatest sums of attention; halves are theirs. Each KV head chooses for itself.
///
/// @param heavyShare of the budget; within (0, 1)
public record HeavyHitters(double heavyShare) implements KvPolicy {
  public static final String NAME = "h2o";
  public static final HeavyHitters DEFAULT = new HeavyHitters(0.5);

  public HeavyHitters {
    if (!(heavyShare > 0 && heavyShare < 1)) {
      throw new IllegalArgumentException("heavyShare " + heavyShare + " is not within (0, 1)");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Set<Signal> needs() {
    return EnumSet.of(Signal.COLSUM_ALL);
  }

  @Override
  public Set<Moment> moments() {
    return EnumSet.of(Moment.PREFILL_END, Moment.DECODE);
  }

  @Override
  public int[][] keep(KvView view, int budgetTokens) {
    Ranking.require(NAME, budgetTokens, 2);
    int heavy = Math.clamp((int) (budgetTokens * heavyShare), 1, budgetTokens - 1);
    int[][] kept = new int[view.kvHeads()][];
    for (int head = 0; head < kept.length; head++) {
      int entries = view.positions()[head].length;
      if (entries <= budgetTokens) {
        kept[head] = Ranking.range(0, entries);
        continue;
      }
      int earlier = entries - (budgetTokens - heavy);
      double[] mass = Ranking.doubles(Ranking.massOf(NAME, view.mass(), head));
      kept[head] =
          Ranking.joined(Ranking.best(mass, 0, earlier, heavy), Ranking.range(earlier, entries));
    }
    return kept;
  }
}
