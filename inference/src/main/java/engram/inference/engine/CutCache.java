package engram.inference.engine;

import engram.inference.CacheMethods;
import engram.inference.KvPolicy;
import engram.inference.KvPolicy.Moment;
import engram.inference.KvView;
import engram.inference.Signal;
import engram.inference.cache.KvSequence;
import java.util.Arrays;

/// A sequence's cache under a policy: what the policy reads of it, and the cuts.
///
/// A cut is made before the pass after the moment that asked for it: by then the prompt's scores
/// are known. Until then the cache is over its budget by what one pass wrote.
///
/// Threads: the engine's.
final class CutCache {
  private final KvPolicy policy;
  private final int budgetTokens;
  private final int layers;
  private final int kvHeads;

  /// By layer and head: the mass of each entry; longer than the list where there is room to grow.
  private final float[][][] mass;

  private float[] logProbs = new float[64];
  private int[] edits = new int[64];
  private boolean due;

  CutCache(CacheMethods methods, KvPolicy policy, int layers, int kvHeads) {
    this.policy = policy;
    this.budgetTokens = methods.budgetTokens();
    this.layers = layers;
    this.kvHeads = kvHeads;
    mass = new float[layers][kvHeads][0];
  }

  /// How many of the last queries of a pass give mass; 0 for none.
  int queriesOf(int tokens, boolean endsPrompt) {
    if (policy.needs().contains(Signal.COLSUM_ALL)) {
      return tokens;
    }
    return policy.needs().contains(Signal.COLSUM_W) && endsPrompt
        ? Math.min(policy.lastQueries(), tokens)
        : 0;
  }

  /// Adds what the queries of a pass gave to each entry of one head's list.
  ///
  /// @param shares `[H, stride]`, of the query heads of all groups
  void addMass(int layer, int kvHead, int entries, float[] shares, int stride, int group) {
    float[] sums = mass[layer][kvHead];
    if (sums.length < entries) {
      sums = Arrays.copyOf(sums, Math.max(entries, 2 * sums.length));
      mass[layer][kvHead] = sums;
    }
    for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
      for (int entry = 0; entry < entries; entry++) {
        sums[entry] += shares[head * stride + entry] / group;
      }
    }
  }

  void scored(int position, float logProb) {
    grow(position + 1);
    logProbs[position] = logProb;
  }

  private void grow(int positions) {
    if (logProbs.length < positions) {
      logProbs = Arrays.copyOf(logProbs, Math.max(positions, 2 * logProbs.length));
      edits = Arrays.copyOf(edits, logProbs.length);
    }
  }

  /// A pass wrote into the cache.
  void written(Moment moment) {
    due |= policy.moments().contains(moment);
  }

  /// Cuts the cache down, if a moment asked for it and some list is over its budget.
  ///
  /// @param length positions that were written
  void cut(KvSequence entries, int length) {
    if (!due) {
      return;
    }
    due = false;
    grow(length);
    boolean any = false;
    for (int layer = 0; layer < layers; layer++) {
      int budget = policy.budget(layer, layers, budgetTokens);
      boolean over = false;
      for (int head = 0; head < kvHeads; head++) {
        over |= entries.entries(layer, head) > budget;
      }
      if (over) {
        cutLayer(entries, layer, budget);
        any = true;
      }
    }
    for (int position = 0; any && position < length; position++) {
      edits[position]++;
    }
  }

  private void cutLayer(KvSequence entries, int layer, int budget) {
    int[][] positions = new int[kvHeads][];
    float[][] masses = new float[kvHeads][];
    for (int head = 0; head < kvHeads; head++) {
      positions[head] = entries.positions(layer, head);
      masses[head] = Arrays.copyOf(mass[layer][head], positions[head].length);
    }
    int[][] kept =
        policy.keep(new KvView(layer, layers, positions, masses, logProbs, edits), budget);
    for (int head = 0; head < kvHeads; head++) {
      // In place, as nobody shares a cache that is cut down: so it is cut now, however full it is.
      entries.keep(layer, head, kept[head]);
      float[] packed = new float[kept[head].length];
      for (int i = 0; i < packed.length; i++) {
        packed[i] = masses[head][kept[head][i]];
      }
      mass[layer][head] = packed;
    }
  }
}
