package engram.inference.policy;

import engram.inference.KvPolicy;
import engram.inference.KvView;
import engram.inference.Signal;
import java.util.EnumSet;
import java.util.Set;

/// What the prompt's last queries attended to stays, with its neighbours, and those last tokens
/// themselves. SnapKV: Li et al., LLM Knows What You Are Looking for Before Generation, NeurIPS
/// 2024, section 4.1: the mass of each earlier entry is averaged over `kernel` neighbours (zeros
/// beyond the ends) and the greatest stay. Each KV head chooses for itself, by the mean of its
/// query heads.
///
/// @param window last queries, which also stay; 16 to 64 in the paper
/// @param kernel odd; 5 or 7 in the paper
public record SnapKv(int window, int kernel) implements KvPolicy {
  public static final String NAME = "snapkv";
  public static final SnapKv DEFAULT = new SnapKv(32, 5);

  private static final int KERNEL_MAX = 255;

  public SnapKv {
    if (window < 1 || kernel < 1 || kernel > KERNEL_MAX || kernel % 2 == 0) {
      throw new IllegalArgumentException(
          "window %d < 1, or kernel %d is not odd and within [1, %d]"
              .formatted(window, kernel, KERNEL_MAX));
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Set<Signal> needs() {
    return EnumSet.of(Signal.COLSUM_W);
  }

  @Override
  public Set<Moment> moments() {
    return EnumSet.of(Moment.PREFILL_END);
  }

  @Override
  public int lastQueries() {
    return window;
  }

  @Override
  public int[][] keep(KvView view, int budgetTokens) {
    Ranking.require(NAME, budgetTokens, window + 1);
    int[][] kept = new int[view.kvHeads()][];
    for (int head = 0; head < kept.length; head++) {
      int entries = view.positions()[head].length;
      if (entries <= budgetTokens) {
        kept[head] = Ranking.range(0, entries);
        continue;
      }
      int earlier = entries - window;
      double[] pooled = pooled(Ranking.massOf(NAME, view.mass(), head), earlier);
      kept[head] =
          Ranking.joined(
              Ranking.best(pooled, 0, earlier, budgetTokens - window),
              Ranking.range(earlier, entries));
    }
    return kept;
  }

  /// The mean over `kernel` neighbours; what lies beyond the ends, or in the window, counts as 0.
  private double[] pooled(float[] mass, int count) {
    double[] pooled = new double[count];
    int half = kernel / 2;
    for (int i = 0; i < count; i++) {
      double sum = 0;
      for (int j = Math.max(0, i - half); j <= Math.min(count - 1, i + half); j++) {
        sum += mass[j];
      }
      pooled[i] = sum / kernel;
    }
    return pooled;
  }
}
