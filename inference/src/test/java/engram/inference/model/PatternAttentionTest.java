package engram.inference.model;

import static engram.inference.model.PatternOracle.CONTEXT;
import static engram.inference.model.PatternOracle.DIM;
import static engram.inference.model.PatternOracle.KV_HEADS;
import static engram.inference.model.PatternOracle.SEED;
import static engram.inference.model.PatternOracle.assertRow;

import engram.inference.AttentionPattern;
import engram.inference.AttentionPattern.Positions;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Against the definition in double ([PatternOracle]).
class PatternAttentionTest {
  private static PatternPasses passes;

  @BeforeAll
  static void start() {
    passes = new PatternPasses();
  }

  @AfterAll
  static void stop() {
    passes.close();
  }

  /// Three spans in cache positions: what no method of ours asks yet.
  private record ThreeSpans() implements AttentionPattern {
    @Override
    public String name() {
      return "three";
    }

    @Override
    public Positions positions() {
      return new Positions.InCache();
    }

    @Override
    public int[] spans(int query) {
      return query < 40
          ? new int[] {0, query + 1}
          : new int[] {1, 3, 10, 10 + query % 7 + 1, query - 5, query + 1};
    }
  }

  /// Sees some earlier tokens and not itself.
  private record OnlyOthers() implements AttentionPattern {
    @Override
    public String name() {
      return "others";
    }

    @Override
    public Positions positions() {
      return new Positions.True();
    }

    @Override
    public int[] spans(int query) {
      return query < 9 ? new int[] {0, query + 1} : new int[] {2, 4, query - 3, query - 1};
    }
  }

  private static final List<AttentionPattern> PATTERNS =
      List.of(
          new DensePattern(),
          new StreamingPattern(4, 20),
          new StreamingPattern(0, 7),
          new LambdaMask(10, 16),
          new LambdaMask(3, 50),
          new ThreeSpans(),
          new OnlyOthers());

  @Test
  void queriesSeeWhatThePatternSaysAtTheDistanceThatItSays() {
    Random random = new Random(SEED);
    try (Attention attention = new Attention(passes.kernels.backend(), passes.kernels.pool());
        PatternAttention patterns =
            new PatternAttention(
                passes.kernels, attention, RopeStyle.HALVES, DIM, PatternPasses.layout(), CONTEXT);
        PagePool pool =
            new PagePool(
                PatternPasses.layout(),
                new MemoryBudget(PatternPasses.layout().bytes(8 * CONTEXT)))) {
      for (int window : new int[] {0, 12, 64}) {
        // All patterns in one batch, in pieces, one of them without any.
        List<Reading> readings = new ArrayList<>();
        for (AttentionPattern pattern : PATTERNS) {
          readings.add(new Reading(Text.random(random, 150), new KvSequence(pool), pattern));
        }
        readings.add(new Reading(Text.random(random, 150), new KvSequence(pool), null));
        while (readings.getFirst().done < 150) {
          int most = 150 - readings.getFirst().done;
          int[] counts = new int[readings.size()];
          java.util.Arrays.fill(counts, Math.min(most, 1 + random.nextInt(40)));
          int first = readings.getFirst().done;
          float[][] rows = passes.pass(patterns, window, readings, counts);
          for (int i = 0; i < rows.length; i++) {
            Reading reading = readings.get(i / counts[0]);
            AttentionPattern pattern =
                reading.pattern == null ? new DensePattern() : reading.pattern;
            int query = first + i % counts[0];
            assertRow(rows[i], reading.text, pattern, window, query, (head, position) -> true);
          }
        }
        readings.forEach(reading -> reading.sequence.close());
      }
    }
  }

  @Test
  void whatAPolicyDroppedIsNotSeen() {
    Random random = new Random(SEED);
    try (Attention attention = new Attention(passes.kernels.backend(), passes.kernels.pool());
        PatternAttention patterns =
            new PatternAttention(
                passes.kernels, attention, RopeStyle.HALVES, DIM, PatternPasses.layout(), CONTEXT);
        PagePool pool =
            new PagePool(
                PatternPasses.layout(),
                new MemoryBudget(PatternPasses.layout().bytes(2 * CONTEXT)))) {
      for (AttentionPattern pattern : PATTERNS) {
        Text text = Text.random(random, 130);
        try (KvSequence sequence = new KvSequence(pool)) {
          Reading reading = new Reading(text, sequence, pattern);
          passes.pass(patterns, 0, List.of(reading), new int[] {120});
          for (int head = 0; head < KV_HEADS; head++) {
            int apart = head + 2;
            sequence.keep(
                0,
                head,
                java.util.stream.IntStream.range(0, 120).filter(i -> i % apart != 1).toArray());
          }
          float[][] rows = passes.pass(patterns, 0, List.of(reading), new int[] {10});
          for (int i = 0; i < 10; i++) {
            assertRow(
                rows[i],
                text,
                pattern,
                0,
                120 + i,
                (head, position) -> position >= 120 || position % (head + 2) != 1);
          }
        }
      }
    }
  }
}
