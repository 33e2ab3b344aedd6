package engram.inference.policy;

import engram.inference.KvPolicy;
import engram.inference.KvView;

class HeavyHittersTest extends KvPolicyContract {
  @Override
  protected KvPolicy policy() {
    return HeavyHitters.DEFAULT;
  }

  @Override
  protected int budgetMin() {
    return 2;
  }

  @Override
  protected int[] slow(KvView view, int head, int budgetTokens) {
    int entries = view.positions()[head].length;
    double[] mass = new double[entries];
    for (int i = 0; i < entries; i++) {
      mass[i] = view.mass()[head][i];
    }
    int heavy = Math.max(1, budgetTokens / 2);
    int recent = budgetTokens - heavy;
    boolean[] kept = new boolean[entries];
    mark(kept, mass, 0, entries - recent, heavy);
    java.util.Arrays.fill(kept, entries - recent, entries, true);
    return marked(kept);
  }
}
