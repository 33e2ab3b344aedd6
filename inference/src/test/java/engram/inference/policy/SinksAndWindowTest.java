package engram.inference.policy;

import engram.inference.KvPolicy;
import engram.inference.KvView;

class SinksAndWindowTest extends KvPolicyContract {
  @Override
  protected KvPolicy policy() {
    return new SinksAndWindow(SinksAndWindow.SINKS_OF_PAPER);
  }

  @Override
  protected int budgetMin() {
    return 5;
  }

  @Override
  protected int[] slow(KvView view, int head, int budgetTokens) {
    int entries = view.positions()[head].length;
    boolean[] kept = new boolean[entries];
    for (int i = 0; i < entries; i++) {
      kept[i] = i < 4 || i >= entries - (budgetTokens - 4);
    }
    return marked(kept);
  }
}
