package engram.inference.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.KvPolicy;
import engram.inference.KvView;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What every [KvPolicy] keeps.
abstract class KvPolicyContract {
  static final long SEED = Long.getLong("seed", System.nanoTime());

  protected abstract KvPolicy policy();

  /// The least budget that the policy takes.
  protected abstract int budgetMin();

  /// The indices of the entries that stay of one head, as the paper's formula says, slowly.
  protected abstract int[] slow(KvView view, int head, int budgetTokens);

  /// Heads that kept different entries already, with few different masses, so that ties are common.
  static KvView random(Random random) {
    int heads = 1 + random.nextInt(3);
    int context = 1 + random.nextInt(120);
    int[][] positions = new int[heads][];
    float[][] mass = new float[heads][];
    for (int head = 0; head < heads; head++) {
      int sparse = 1 + random.nextInt(3);
      positions[head] = random.ints(context / sparse + 1, 0, context).sorted().distinct().toArray();
      mass[head] = new float[positions[head].length];
      for (int i = 0; i < mass[head].length; i++) {
        mass[head][i] = random.nextInt(8) / 4f;
      }
    }
    float[] logProbs = new float[context];
    int[] edits = new int[context];
    for (int i = 0; i < context; i++) {
      logProbs[i] = -random.nextInt(10) / 2f;
      edits[i] = Math.max(0, (context - i) / 30);
    }
    return new KvView(0, 2, positions, mass, logProbs, edits);
  }

  @Test
  void whatStaysIsExactlyWhatTheFormulaSays() {
    Random random = new Random(SEED);
    for (int round = 0; round < 400; round++) {
      KvView view = random(random);
      int budget = budgetMin() + random.nextInt(60);
      int[][] kept = policy().keep(view, budget);
      String how = "-Dseed=%d, round %d, budget %d".formatted(SEED, round, budget);
      assertThat(kept).as(how).hasNumberOfRows(view.kvHeads());
      for (int head = 0; head < kept.length; head++) {
        int entries = view.positions()[head].length;
        int[] all = new int[entries];
        Arrays.setAll(all, i -> i);
        assertThat(kept[head])
            .as(how + ", head " + head)
            .isEqualTo(entries <= budget ? all : slow(view, head, budget))
            .hasSize(Math.min(entries, budget));
      }
    }
  }

  @Test
  void aBudgetBelowWhatAlwaysStaysIsRefused() {
    KvView view = random(new Random(SEED));
    assertThatThrownBy(() -> policy().keep(view, budgetMin() - 1))
        .hasMessageContaining("budgetTokens " + (budgetMin() - 1) + " < " + budgetMin());
  }

  @Test
  void aDeclaredSignalThatIsMissingIsSaidSo() {
    KvView without =
        new KvView(0, 1, new int[][] {range(100)}, new float[0][], new float[0], new int[0]);
    if (!policy().needs().isEmpty()) {
      assertThatThrownBy(() -> policy().keep(without, budgetMin() + 1))
          .hasMessageContaining("is missing");
    }
  }

  static int[] range(int count) {
    int[] range = new int[count];
    Arrays.setAll(range, i -> i);
    return range;
  }

  /// Marks the greatest one after the other, ties by the lower index.
  static void mark(boolean[] kept, double[] scores, int from, int to, int count) {
    for (int n = 0; n < count; n++) {
      int best = -1;
      for (int i = from; i < to; i++) {
        if (!kept[i] && (best < 0 || scores[i] > scores[best])) {
          best = i;
        }
      }
      kept[best] = true;
    }
  }

  static int[] marked(boolean[] kept) {
    return java.util.stream.IntStream.range(0, kept.length).filter(i -> kept[i]).toArray();
  }
}
