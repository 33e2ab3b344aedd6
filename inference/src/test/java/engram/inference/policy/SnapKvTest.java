package engram.inference.policy;

import engram.inference.KvPolicy;
import engram.inference.KvView;

class SnapKvTest extends KvPolicyContract {
  @Override
  protected KvPolicy policy() {
    return new SnapKv(6, 5);
  }

  @Override
  protected int budgetMin() {
    return 7;
  }

  @Override
  protected int[] slow(KvView view, int head, int budgetTokens) {
    int entries = view.positions()[head].length;
    int earlier = entries - 6;
    // avg_pool1d(kernel 5, padding 2, stride 1) over the entries before the window.
    double[] padded = new double[earlier + 4];
    for (int i = 0; i < earlier; i++) {
      padded[i + 2] = view.mass()[head][i];
    }
    double[] pooled = new double[earlier];
    for (int i = 0; i < earlier; i++) {
      pooled[i] = (padded[i] + padded[i + 1] + padded[i + 2] + padded[i + 3] + padded[i + 4]) / 5;
    }
    boolean[] kept = new boolean[entries];
    mark(kept, pooled, 0, earlier, budgetTokens - 6);
    java.util.Arrays.fill(kept, earlier, entries, true);
    return marked(kept);
  }
}
