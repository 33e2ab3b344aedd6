package engram.inference.model;

import static engram.inference.model.PatternOracle.CONTEXT;
import static engram.inference.model.PatternOracle.DIM;
import static engram.inference.model.PatternOracle.SEED;
import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.AttentionPattern;
import engram.inference.attention.Attention;
import engram.inference.cache.KvSequence;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.RopeStyle;
import engram.inference.model.PatternOracle.Text;
import engram.inference.model.PatternPasses.Reading;
import engram.inference.policy.DensePattern;
import engram.inference.policy.LambdaMask;
import engram.inference.policy.StreamingPattern;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The same numbers bit for bit, whichever way they were made.
class PatternAttentionBitsTest {
  private static PatternPasses passes;

  @BeforeAll
  static void start() {
    passes = new PatternPasses();
  }

  @AfterAll
  static void stop() {
    passes.close();
  }

  /// Sums are merged in one order whatever the pieces are, beyond a segment of pages too.
  @Test
  void aRowIsTheSameBitForBitHoweverTheTextWasCut() {
    Random random = new Random(SEED);
    int tokens = 4300;
    Text text = Text.random(random, tokens);
    AttentionPattern pattern = new StreamingPattern(4, 100);
    try (Attention attention = new Attention(passes.kernels.backend(), passes.kernels.pool());
        PatternAttention patterns =
            new PatternAttention(
                passes.kernels, attention, RopeStyle.HALVES, DIM, PatternPasses.layout(), tokens);
        PagePool pool =
            new PagePool(
                PatternPasses.layout(),
                new MemoryBudget(PatternPasses.layout().bytes(4L * tokens)));
        KvSequence one = new KvSequence(pool);
        KvSequence two = new KvSequence(pool)) {
      // A segment ends at 4096.
      int first = 4040;
      Reading whole = new Reading(text, one, pattern);
      Reading pieces = new Reading(text, two, pattern);
      try (Arena arena = Arena.ofShared()) {
        passes.read(arena, whole, first);
        passes.read(arena, pieces, first);
      }
      float[][] rows = passes.pass(patterns, 0, List.of(whole), new int[] {tokens - first});
      while (pieces.done < tokens) {
        int from = pieces.done;
        int count = Math.min(1 + random.nextInt(40), tokens - from);
        float[][] some = passes.pass(patterns, 0, List.of(pieces), new int[] {count});
        for (int i = 0; i < count; i++) {
          assertThat(some[i])
              .as("-Dseed=%d, row %d", SEED, from + i)
              .isEqualTo(rows[from + i - first]);
        }
      }
    }
  }

  /// The dense pattern goes the long way round, and must give the very same numbers.
  @Test
  void seeingAllIsTheSameBitForBitAsNoPattern() {
    Random random = new Random(SEED);
    Text text = Text.random(random, 200);
    try (Attention attention = new Attention(passes.kernels.backend(), passes.kernels.pool());
        PatternAttention patterns =
            new PatternAttention(
                passes.kernels, attention, RopeStyle.HALVES, DIM, PatternPasses.layout(), CONTEXT);
        PagePool pool =
            new PagePool(
                PatternPasses.layout(),
                new MemoryBudget(PatternPasses.layout().bytes(8 * CONTEXT)))) {
      float[][] plain = null;
      for (AttentionPattern pattern :
          java.util.Arrays.asList(
              null, new DensePattern(), new StreamingPattern(4, 200), new LambdaMask(9, 200))) {
        try (KvSequence sequence = new KvSequence(pool)) {
          float[][] rows =
              passes.pass(
                  patterns, 0, List.of(new Reading(text, sequence, pattern)), new int[] {200});
          if (plain == null) {
            plain = rows;
          }
          assertThat(rows).as("%s", pattern).isDeepEqualTo(plain);
        }
      }
    }
  }
}
