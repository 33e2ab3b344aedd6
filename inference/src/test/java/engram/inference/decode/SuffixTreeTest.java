package engram.inference.decode;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.Draft;
import engram.inference.Drafter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SuffixTreeTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int DEPTH = 6;

  private record Held(SuffixTree.Sequence sequence, List<Integer> tokens) {}

  private static int slowCount(List<Held> sequences, int[] run) {
    int count = 0;
    for (Held held : sequences) {
      for (int from = 0; from + run.length <= held.tokens.size(); from++) {
        boolean same = true;
        for (int i = 0; i < run.length; i++) {
          same &= held.tokens.get(from + i) == run[i];
        }
        count += same ? 1 : 0;
      }
    }
    return count;
  }

  private static int[] random(Random random, int length) {
    return random.ints(length, 0, 4).toArray();
  }

  @Test
  void countsAreThoseOfAllSubstringsWhileSequencesGrowAndGo() {
    Random random = new Random(SEED);
    for (int round = 0; round < 20; round++) {
      SuffixTree tree = new SuffixTree(DEPTH);
      List<Held> held = new ArrayList<>();
      for (int step = 0; step < 200; step++) {
        int what = random.nextInt(10);
        if (held.isEmpty() || what == 0) {
          held.add(new Held(tree.begin(), new ArrayList<>()));
        } else if (what == 1) {
          held.remove(random.nextInt(held.size())).sequence().remove();
        } else {
          Held one = held.get(random.nextInt(held.size()));
          for (int token : random(random, random.nextInt(12))) {
            one.sequence().append(token);
            one.tokens().add(token);
          }
        }
        for (int i = 0; i < 10; i++) {
          int[] run = random(random, 1 + random.nextInt(DEPTH));
          assertThat(tree.count(run))
              .as("-Dseed=%d, round %d, step %d", SEED, round, step)
              .isEqualTo(slowCount(held, run));
        }
      }
      tree.nodeCount();
      held.forEach(one -> one.sequence().remove());
      assertThat(tree.nodeCount()).as("-Dseed=%d", SEED).isZero();
    }
  }

  /// The rule of the paper over counts of substrings, without a tree.
  private static List<Integer> slowContinuation(List<Held> held, int[] context, int most) {
    List<Integer> best = List.of();
    double bestScore = 0;
    for (int match = Math.min(DEPTH - 1, context.length); match > 0; match--) {
      List<Integer> path = new ArrayList<>();
      for (int i = context.length - match; i < context.length; i++) {
        path.add(context[i]);
      }
      double reach = 1;
      double score = 0;
      int limit = Math.min(most, match);
      while (path.size() - match < limit && path.size() < DEPTH) {
        int before = slowCount(held, ints(path));
        int token = -1;
        int count = 0;
        for (int candidate = 0; candidate < 4; candidate++) {
          path.add(candidate);
          int follows = slowCount(held, ints(path));
          path.removeLast();
          if (follows > count) {
            token = candidate;
            count = follows;
          }
        }
        if (token < 0 || reach * count / before < 0.1) {
          break;
        }
        reach *= (double) count / before;
        score += reach;
        path.add(token);
      }
      if (score > bestScore + 1e-12) {
        bestScore = score;
        best = path.subList(match, path.size());
      }
    }
    return best;
  }

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void draftsFollowTheMostFrequentContinuation() {
    Random random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      SuffixTree tree = new SuffixTree(DEPTH);
      List<Held> held = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Held one = new Held(tree.begin(), new ArrayList<>());
        for (int token : random(random, random.nextInt(30))) {
          one.sequence().append(token);
          one.tokens().add(token);
        }
        held.add(one);
      }
      int[] context = random(random, 1 + random.nextInt(8));
      SuffixTree.Continuation found = tree.continuation(context, context.length, 4, 1, 0, 0.1);
      assertThat(found.tokens())
          .as("-Dseed=%d, round %d", SEED, round)
          .isEqualTo(slowContinuation(held, context, 4));
    }
  }

  @Test
  void aRepeatedPromptIsDraftedFromAnEarlierOutput() {
    SuffixDrafter.Outputs outputs = new SuffixDrafter.Outputs(1000);
    int[] first = {1, 2, 3, 50, 51, 52, 53, 54};
    try (Drafter drafter = new SuffixDrafter(SuffixDrafter.Settings.OF_PAPER, outputs)) {
      drafter.accepted(first, 3, 3);
      for (int length = 4; length <= first.length; length++) {
        drafter.accepted(first, length, 1);
      }
    }
    try (Drafter drafter = new SuffixDrafter(SuffixDrafter.Settings.OF_PAPER, outputs)) {
      int[] second = {7, 8, 50, 51};
      drafter.accepted(second, 2, 2);
      drafter.accepted(second, 4, 2);
      Draft draft = drafter.propose(second, 4, 8);
      assertThat(draft.tokens()).containsExactly(52, 53);
      assertThat(draft.likeliestPath()).containsExactly(52, 53);
    }
  }

  @Test
  void theFirstOutputsGoWhenThereAreTooMany() {
    SuffixDrafter.Outputs outputs = new SuffixDrafter.Outputs(10);
    for (int i = 0; i < 100; i++) {
      outputs.add(new int[] {i, i + 1, i + 2});
      assertThat(outputs.tokens()).isLessThanOrEqualTo(10);
    }
  }

  @Test
  void theLikeliestPathOfATreeHasTheGreatestExpectedLength() {
    Draft tree =
        new Draft(
            new int[] {10, 20, 11, 21, 22},
            new int[] {-1, -1, 0, 1, 3},
            new float[] {0.6f, 0.4f, 0.1f, 1, 1});
    // 0.6 + 0.06 against 0.4 + 0.4 + 0.4.
    assertThat(tree.likeliestPath()).containsExactly(20, 21, 22);
  }
}
