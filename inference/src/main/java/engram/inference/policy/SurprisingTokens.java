package engram.inference.policy;

import engram.inference.KvPolicy;
import engram.inference.KvView;
import engram.inference.Signal;
import java.util.EnumSet;
import java.util.Set;

/// What surprised the model stays, with the first tokens and the newest. SirLLM: Yao, Li, Zhao,
/// Streaming Infinite Retentive LLM, ACL 2024, section 3: the entropy of a token is -log p(token |
/// those before); the greatest stay, and each time the cache is cut what was kept before counts
/// `decay` as much, so that old news fades. The same tokens stay in all layers and heads.
///
/// Where we differ: the paper decays once for each turn of a dialogue, which is when its cache is
/// cut.
///
/// @param sinks first tokens; 4 in the paper
/// @param recent newest tokens
/// @param decay within (0, 1]; 1 for none
public record SurprisingTokens(int sinks, int recent, double decay) implements KvPolicy {
  public static final String NAME = "sirllm";
  public static final SurprisingTokens DEFAULT = new SurprisingTokens(4, 512, 1);

  public SurprisingTokens {
    if (sinks < 0 || recent < 1) {
      throw new IllegalArgumentException("sinks " + sinks + " < 0, or recent " + recent + " < 1");
    }
    if (!(decay > 0 && decay <= 1)) {
      throw new IllegalArgumentException("decay " + decay + " is not within (0, 1]");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Set<Signal> needs() {
    return EnumSet.of(Signal.LOGPROB);
  }

  @Override
  public Set<Moment> moments() {
    return EnumSet.allOf(Moment.class);
  }

  @Override
  public int[][] keep(KvView view, int budgetTokens) {
    Ranking.require(NAME, budgetTokens, sinks + recent);
    int[][] kept = new int[view.kvHeads()][];
    for (int head = 0; head < kept.length; head++) {
      int[] positions = view.positions()[head];
      int entries = positions.length;
      if (entries <= budgetTokens) {
        kept[head] = Ranking.range(0, entries);
        continue;
      }
      double[] entropy = new double[entries];
      for (int i = 0; i < entries; i++) {
        if (positions[i] >= view.logProbs().length || positions[i] >= view.edits().length) {
          throw new IllegalArgumentException(
              NAME + ": the log-probability of position " + positions[i] + " is missing");
        }
        entropy[i] = -view.logProbs()[positions[i]] * Math.pow(decay, view.edits()[positions[i]]);
      }
      kept[head] =
          Ranking.joined(
              Ranking.range(0, sinks),
              Ranking.best(entropy, sinks, entries - recent, budgetTokens - sinks - recent),
              Ranking.range(entries - recent, entries));
    }
    return kept;
  }
}
