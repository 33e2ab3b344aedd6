package engram.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.AttentionPattern;
import engram.inference.AttentionPattern.Positions;
import engram.inference.attention.Attention;
import engram.inference.attention.AttentionBatch;
import engram.inference.attention.AttentionShape;
import engram.inference.cache.KvLayout;
import engram.inference.cache.KvSequence;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Backends;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.Mask;
import engram.inference.kernel.RopeStyle;
import engram.inference.kernel.WorkerPool;
import engram.inference.policy.DensePattern;
import engram.inference.policy.LambdaMask;
import engram.inference.policy.StreamingPattern;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Against the definition in double: every key by itself, at the distance that the pattern says.
class PatternAttentionTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int DIM = 8;
  private static final int CONTEXT = 256;
  private static final float SCALE = 0.35f;
  private static final float[] FREQUENCIES = {1, 0.3f, 0.1f, 0.01f};

  /// Floats of values around 1 through rotations, scores and sums of some hundred products.
  private static final double TOLERANCE = 2e-4;

  private static Kernels kernels;

  @BeforeAll
  static void start() {
    kernels = new Kernels(Backends.java(), new WorkerPool(2));
  }

  @AfterAll
  static void stop() {
    kernels.close();
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

  /// A text's numbers before rotation.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Text(float[][] q, float[][] k, float[][] v) {
    static Text random(Random random, int tokens) {
      return new Text(
          floats(random, tokens, HEADS * DIM),
          floats(random, tokens, KV_HEADS * DIM),
          floats(random, tokens, KV_HEADS * DIM));
    }

    private static float[][] floats(Random random, int rows, int columns) {
      float[][] floats = new float[rows][columns];
      for (float[] row : floats) {
        for (int i = 0; i < columns; i++) {
          row[i] = (float) random.nextGaussian();
        }
      }
      return floats;
    }
  }

  /// Entries that a head kept; null for all.
  private interface Kept {
    boolean test(int head, int position);
  }

  private static double[] slow(
      Text text, AttentionPattern pattern, int window, int query, int head, Kept kept) {
    int[] spans = pattern.spans(query);
    int kvHead = head / (HEADS / KV_HEADS);
    int total = 0;
    for (int i = 0; i < spans.length; i += 2) {
      total += spans[i + 1] - spans[i];
    }
    double sum = 0;
    double[] out = new double[DIM];
    int index = 0;
    for (int i = 0; i < spans.length; i += 2) {
      for (int key = spans[i]; key < spans[i + 1]; key++, index++) {
        int distance =
            switch (pattern.positions()) {
              case Positions.True() -> query - key;
              case Positions.InCache() -> total - 1 - index;
              case Positions.Capped(int most) -> Math.min(most, query - key);
            };
        if ((window > 0 && distance >= window) || !kept.test(kvHead, key)) {
          continue;
        }
        double weight = Math.exp(SCALE * dot(text, query, key, head, kvHead, distance));
        sum += weight;
        for (int d = 0; d < DIM; d++) {
          out[d] += weight * text.v[key][kvHead * DIM + d];
        }
      }
    }
    for (int d = 0; d < DIM && sum > 0; d++) {
      out[d] /= sum;
    }
    return out;
  }

  private static double dot(Text text, int query, int key, int head, int kvHead, int distance) {
    double dot = 0;
    for (int pair = 0; pair < DIM / 2; pair++) {
      double c = Math.cos(distance * (double) FREQUENCIES[pair]);
      double s = Math.sin(distance * (double) FREQUENCIES[pair]);
      double a = text.q[query][head * DIM + pair];
      double b = text.q[query][head * DIM + pair + DIM / 2];
      double x = text.k[key][kvHead * DIM + pair];
      double y = text.k[key][kvHead * DIM + pair + DIM / 2];
      dot += (a * c - b * s) * x + (a * s + b * c) * y;
    }
    return dot;
  }

  private static KvLayout layout() {
    return new KvLayout(1, KV_HEADS, DIM, KvType.F32);
  }

  /// One text with its cache, read in pieces.
  private static final class Reading {
    final Text text;
    final KvSequence sequence;
    final AttentionPattern pattern;
    int done;

    Reading(Text text, KvSequence sequence, AttentionPattern pattern) {
      this.text = text;
      this.sequence = sequence;
      this.pattern = pattern;
    }
  }

  /// Rotated rows of some texts, and what attention gives for them: `[rows][H D]`.
  private static float[][] pass(
      PatternAttention patterns, int window, List<Reading> readings, int[] counts) {
    int rows = java.util.Arrays.stream(counts).sum();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment q = arena.allocate(4L * rows * HEADS * DIM, 64);
      MemorySegment positions = arena.allocate(4L * rows, 64);
      AttentionBatch batch = new AttentionBatch(positions);
      List<Step.Part> parts = new ArrayList<>();
      int row = 0;
      for (int i = 0; i < counts.length; i++) {
        Reading reading = readings.get(i);
        int count = counts[i];
        MemorySegment own = q.asSlice(4L * row * HEADS * DIM);
        int[] places = new int[count];
        MemorySegment k = arena.allocate(4L * count * KV_HEADS * DIM, 64);
        MemorySegment v = arena.allocate(4L * count * KV_HEADS * DIM, 64);
        for (int t = 0; t < count; t++) {
          int at = reading.done + t;
          places[t] = at;
          positions.setAtIndex(ValueLayout.JAVA_INT, row + t, at);
          copy(reading.text.q[at], own, t);
          copy(reading.text.k[at], k, t);
          copy(reading.text.v[at], v, t);
        }
        MemorySegment turns = arena.allocate(4L * count * DIM, 64);
        Kernels.rotations(places, FREQUENCIES, 1, turns);
        kernels.rope(RopeStyle.HALVES, own, HEADS * DIM, turns, count, HEADS, DIM, DIM);
        kernels.rope(RopeStyle.HALVES, k, KV_HEADS * DIM, turns, count, KV_HEADS, DIM, DIM);
        reading.sequence.append(
            kernels.backend(), 0, k, v, KV_HEADS * DIM, positions.asSlice(4L * row), count);
        parts.add(new Step.Part(reading.sequence, row, count, reading.pattern));
        batch.add(reading.sequence, count);
        row += count;
        reading.done += count;
      }
      MemorySegment out = arena.allocate(4L * rows * HEADS * DIM, 64);
      MemorySegment lse = arena.allocate(4L * rows * HEADS, 64);
      AttentionShape shape =
          new AttentionShape(HEADS, KV_HEADS, DIM, SCALE, 0, new Mask(true, window, 0));
      patterns.attend(
          new PatternAttention.Layer(0, shape, FREQUENCIES, q, HEADS * DIM, out, lse),
          parts,
          batch);
      float[] all = out.toArray(ValueLayout.JAVA_FLOAT);
      float[][] result = new float[rows][];
      for (int i = 0; i < rows; i++) {
        result[i] = java.util.Arrays.copyOfRange(all, i * HEADS * DIM, (i + 1) * HEADS * DIM);
      }
      return result;
    }
  }

  private static void copy(float[] from, MemorySegment to, int row) {
    MemorySegment.copy(from, 0, to, ValueLayout.JAVA_FLOAT, 4L * row * from.length, from.length);
  }

  private static void assertRow(
      float[] found, Text text, AttentionPattern pattern, int window, int query, Kept kept) {
    for (int head = 0; head < HEADS; head++) {
      double[] expected = slow(text, pattern, window, query, head, kept);
      for (int d = 0; d < DIM; d++) {
        double off = Math.abs(found[head * DIM + d] - expected[d]);
        assertThat(off <= TOLERANCE)
            .as(
                "-Dseed=%d, %s, window %d, query %d, head %d, %d: %s instead of %s",
                SEED, pattern, window, query, head, d, found[head * DIM + d], expected[d])
            .isTrue();
      }
    }
  }

  @Test
  void queriesSeeWhatThePatternSaysAtTheDistanceThatItSays() {
    Random random = new Random(SEED);
    try (Attention attention = new Attention(kernels.backend(), kernels.pool());
        PatternAttention patterns =
            new PatternAttention(kernels, attention, RopeStyle.HALVES, DIM, layout(), CONTEXT);
        PagePool pool = new PagePool(layout(), new MemoryBudget(layout().bytes(8 * CONTEXT)))) {
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
          float[][] rows = pass(patterns, window, readings, counts);
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
    try (Attention attention = new Attention(kernels.backend(), kernels.pool());
        PatternAttention patterns =
            new PatternAttention(kernels, attention, RopeStyle.HALVES, DIM, layout(), CONTEXT);
        PagePool pool = new PagePool(layout(), new MemoryBudget(layout().bytes(2 * CONTEXT)))) {
      for (AttentionPattern pattern : PATTERNS) {
        Text text = Text.random(random, 130);
        try (KvSequence sequence = new KvSequence(pool)) {
          Reading reading = new Reading(text, sequence, pattern);
          pass(patterns, 0, List.of(reading), new int[] {120});
          for (int head = 0; head < KV_HEADS; head++) {
            int apart = head + 2;
            sequence.keep(
                0,
                head,
                java.util.stream.IntStream.range(0, 120).filter(i -> i % apart != 1).toArray());
          }
          float[][] rows = pass(patterns, 0, List.of(reading), new int[] {10});
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

  /// Sums are merged in one order whatever the pieces are, beyond a segment of pages too.
  @Test
  void aRowIsTheSameBitForBitHoweverTheTextWasCut() {
    Random random = new Random(SEED);
    int tokens = 4300;
    Text text = Text.random(random, tokens);
    AttentionPattern pattern = new StreamingPattern(4, 100);
    try (Attention attention = new Attention(kernels.backend(), kernels.pool());
        PatternAttention patterns =
            new PatternAttention(kernels, attention, RopeStyle.HALVES, DIM, layout(), tokens);
        PagePool pool = new PagePool(layout(), new MemoryBudget(layout().bytes(4L * tokens)));
        KvSequence one = new KvSequence(pool);
        KvSequence two = new KvSequence(pool)) {
      Reading whole = new Reading(text, one, pattern);
      float[][] rows = pass(patterns, 0, List.of(whole), new int[] {tokens});
      Reading pieces = new Reading(text, two, pattern);
      while (pieces.done < tokens) {
        int first = pieces.done;
        int count = first > 4050 ? 1 + random.nextInt(9) : Math.min(1350, tokens - first);
        count = Math.min(count, tokens - first);
        float[][] some = pass(patterns, 0, List.of(pieces), new int[] {count});
        for (int i = 0; i < count; i++) {
          assertThat(some[i]).as("-Dseed=%d, row %d", SEED, first + i).isEqualTo(rows[first + i]);
        }
      }
    }
  }

  /// The dense pattern goes the long way round, and must give the very same numbers.
  @Test
  void seeingAllIsTheSameBitForBitAsNoPattern() {
    Random random = new Random(SEED);
    Text text = Text.random(random, 200);
    try (Attention attention = new Attention(kernels.backend(), kernels.pool());
        PatternAttention patterns =
            new PatternAttention(kernels, attention, RopeStyle.HALVES, DIM, layout(), CONTEXT);
        PagePool pool = new PagePool(layout(), new MemoryBudget(layout().bytes(8 * CONTEXT)))) {
      float[][] plain = null;
      for (AttentionPattern pattern :
          java.util.Arrays.asList(
              null, new DensePattern(), new StreamingPattern(4, 200), new LambdaMask(9, 200))) {
        try (KvSequence sequence = new KvSequence(pool)) {
          float[][] rows =
              pass(patterns, 0, List.of(new Reading(text, sequence, pattern)), new int[] {200});
          if (plain == null) {
            plain = rows;
          }
          assertThat(rows).as("%s", pattern).isDeepEqualTo(plain);
        }
      }
    }
  }
}
