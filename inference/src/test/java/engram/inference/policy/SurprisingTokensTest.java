package engram.inference.policy;

import engram.inference.KvPolicy;
import engram.inference.KvView;

class SurprisingTokensTest extends KvPolicyContract {
  @Override
  protected KvPolicy policy() {
    return new SurprisingTokens(2, 3, 0.5);
  }

  @Override
  protected int budgetMin() {
    return 5;
  }

  @Override
  protected int[] slow(KvView view, int head, int budgetTokens) {
    int[] positions = view.positions()[head];
    double[] entropy = new double[positions.length];
    for (int i = 0; i < entropy.length; i++) {
      entropy[i] = -view.logProbs()[positions[i]];
      for (int edit = 0; edit < view.edits()[positions[i]]; edit++) {
        entropy[i] *= 0.5;
      }
    }
    boolean[] kept = new boolean[positions.length];
    kept[0] = true;
    kept[1] = true;
    mark(kept, entropy, 2, positions.length - 3, budgetTokens - 5);
    java.util.Arrays.fill(kept, positions.length - 3, positions.length, true);
    return marked(kept);
  }
}
