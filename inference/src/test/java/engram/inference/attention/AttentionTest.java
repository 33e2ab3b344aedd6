package engram.inference.attention;

import static engram.inference.attention.Tokens.floats;
import static engram.inference.attention.Tokens.pool;
import static engram.inference.attention.Tokens.shape;
import static engram.inference.attention.Tokens.stored;
import static engram.inference.kernel.Differences.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.cache.KvSequence;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Backend;
import engram.inference.kernel.Backends;
import engram.inference.kernel.KvType;
import engram.inference.kernel.Mask;
import engram.inference.kernel.RawMemory;
import engram.inference.kernel.WorkerPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Attention over pages against sums in double over the same stored keys and values, on every
/// backend.
class AttentionTest {
  private static final long SEED = Long.getLong("seed", new Random().nextLong());
  private static final List<Backend> BACKENDS = Backends.all();
  private static final List<Backend> TWINS = List.of(BACKENDS.getFirst(), BACKENDS.getLast());

  private final Random random = new Random(SEED);

  @Test
  void everyTypeShapeAndMaskGivesTheSumOfTheDefinition() {
    List<Mask> masks =
        List.of(Mask.CAUSAL, Mask.BIDIRECTIONAL, Mask.slidingWindow(5), new Mask(true, 40, 4));
    for (Backend backend : BACKENDS) {
      for (KvType type : KvType.values()) {
        for (int count : new int[] {1, 31, 33}) {
          Mask mask = masks.get(random.nextInt(masks.size()));
          check(backend, type, shape(4, 2, 64, 0, mask), count);
        }
        check(backend, type, shape(3, 1, 8, 0, Mask.CAUSAL), 40);
        check(backend, type, shape(3, 3, 80, 20, Mask.slidingWindow(33)), 66);
        check(backend, type, shape(14, 1, 128, 0, Mask.BIDIRECTIONAL), 33);
      }
      for (Mask mask : masks) {
        check(backend, KvType.F16, shape(8, 2, 96, 5, mask), 70);
      }
    }
  }

  private void check(Backend backend, KvType type, AttentionShape shape, int count) {
    try (Tokens tokens = new Tokens(count, shape, random);
        PagePool pages = pool(shape, type);
        KvSequence sequence = new KvSequence(pages);
        WorkerPool workers = new WorkerPool(3);
        Attention attention = new Attention(backend, workers)) {
      tokens.append(backend, sequence, 0, count);
      MemorySegment out = RawMemory.floats(tokens.arena, count * tokens.qRow());
      MemorySegment lse = RawMemory.floats(tokens.arena, (long) count * shape.heads());
      AttentionBatch batch = new AttentionBatch(tokens.positions).add(sequence, count);
      attention.attend(batch, 0, shape, tokens.q, tokens.qRow(), out, lse);
      int stride = 32 * sequence.pages(0, 0);
      MemorySegment shares = RawMemory.floats(tokens.arena, (long) stride * shape.heads());
      attention.shares(batch, 0, 0, shape, tokens.q, tokens.qRow(), lse, 0, count, shares, stride);
      String where = "%s %s %s n=%d -Dseed=%d".formatted(backend.name(), type, shape, count, SEED);
      double[] columns = new double[shape.heads() * stride];
      for (int h = 0; h < shape.heads(); h++) {
        float[][][] stored = stored(backend, sequence, h / shape.group(), tokens.arena);
        for (int t = 0; t < count; t++) {
          row(tokens, stored, h, t, columns, h * stride, out, lse, where);
        }
      }
      for (int i = 0; i < columns.length; i++) {
        within(shares.getAtIndex(ValueLayout.JAVA_FLOAT, i), columns[i], 1e-4 * count, where);
      }
    }
  }

  private static void row(
      Tokens tokens,
      float[][][] stored,
      int h,
      int t,
      double[] columns,
      int columnsAt,
      MemorySegment out,
      MemorySegment lse,
      String where) {
    AttentionShape shape = tokens.shape;
    int dim = shape.headDim();
    long row = ((long) t * shape.heads() + h) * dim;
    double[] scores = new double[stored.length];
    double sum = 0;
    for (int j = 0; j < stored.length; j++) {
      double score = 0;
      for (int d = 0; d < dim; d++) {
        score += (double) tokens.q.getAtIndex(ValueLayout.JAVA_FLOAT, row + d) * stored[j][0][d];
      }
      score *= shape.scale();
      if (shape.softcap() > 0) {
        score = shape.softcap() * Math.tanh(score / shape.softcap());
      }
      scores[j] = shape.mask().sees(t, j) ? Math.exp(score) : 0;
      sum += scores[j];
    }
    for (int j = 0; j < stored.length; j++) {
      columns[columnsAt + j] += scores[j] / sum;
    }
    within(
        lse.getAtIndex(ValueLayout.JAVA_FLOAT, (long) t * shape.heads() + h),
        Math.log(sum),
        2e-5,
        where + " lse");
    for (int d = 0; d < dim; d++) {
      double expected = 0;
      double size = 0;
      for (int j = 0; j < stored.length; j++) {
        expected += scores[j] / sum * stored[j][1][d];
        size += scores[j] / sum * Math.abs(stored[j][1][d]);
      }
      // A score of about dim roundings moves its share by as much.
      within(out.getAtIndex(ValueLayout.JAVA_FLOAT, row + d), expected, size * 3e-5 + 1e-7, where);
    }
  }

  @Test
  void codedEntriesAreOffByHalfAStepAtMost() {
    for (Backend backend : TWINS) {
      for (KvType type : KvType.values()) {
        AttentionShape shape = shape(1, 1, 72, 0, Mask.CAUSAL);
        try (Tokens tokens = new Tokens(35, shape, random);
            PagePool pages = pool(shape, type);
            KvSequence sequence = new KvSequence(pages)) {
          tokens.append(backend, sequence, 0, 35);
          float[][][] stored = stored(backend, sequence, 0, tokens.arena);
          for (int t = 0; t < 35; t++) {
            for (int side = 0; side < 2; side++) {
              MemorySegment x = side == 0 ? tokens.k : tokens.v;
              for (int d = 0; d < 72; d++) {
                double most = 0;
                double least = 0;
                for (int i = d / 32 * 32; i < Math.min(72, d / 32 * 32 + 32); i++) {
                  most = Math.max(most, x.getAtIndex(ValueLayout.JAVA_FLOAT, t * 72L + i));
                  least = Math.min(least, x.getAtIndex(ValueLayout.JAVA_FLOAT, t * 72L + i));
                }
                double value = x.getAtIndex(ValueLayout.JAVA_FLOAT, t * 72L + d);
                double tolerance =
                    switch (type) {
                      case F32 -> 0;
                      case F16 -> Math.abs(value) / 2048 + 1e-7;
                      case INT8 -> Math.max(most, -least) / 127 * 0.51 + 1e-3 * Math.abs(value);
                      case INT4 -> (most - least) / 15 * 0.51 + 2e-3 * (most - least);
                    };
                within(stored[t][side][d], value, tolerance, type + " -Dseed=" + SEED);
              }
            }
          }
        }
      }
    }
  }

  @Test
  void chosenPagesAreAllThatIsSeen() {
    for (Backend backend : TWINS) {
      AttentionShape shape = shape(4, 2, 16, 0, Mask.CAUSAL);
      int count = 128;
      try (Tokens tokens = new Tokens(count, shape, random);
          PagePool pages = pool(shape, KvType.F32);
          KvSequence full = new KvSequence(pages);
          WorkerPool workers = new WorkerPool(2);
          Attention attention = new Attention(backend, workers)) {
        tokens.append(backend, full, 0, count);
        // Query head 3 sees pages 0 and 3 only, the others pages 1 and 3.
        int[] offsets = {0, 2, 4, 6, 8};
        int[] lists = {1, 3, 1, 3, 1, 3, 0, 3};
        long row = tokens.qRow();
        MemorySegment last = tokens.q.asSlice(4 * 127 * row);
        MemorySegment out = RawMemory.floats(tokens.arena, row);
        AttentionBatch batch =
            new AttentionBatch(tokens.positions.asSlice(4 * 127))
                .add(full, 1, new PageSelection(4, 1, offsets, lists));
        attention.attend(batch, 0, shape, last, row, out, null);
        for (int h = 0; h < 4; h++) {
          float[][][] stored = stored(backend, full, h / 2, tokens.arena);
          double sum = 0;
          double[] expected = new double[16];
          for (int j = 0; j < count; j++) {
            if (j / 32 == 3 || j / 32 == (h == 3 ? 0 : 1)) {
              double score = 0;
              for (int d = 0; d < 16; d++) {
                score += last.getAtIndex(ValueLayout.JAVA_FLOAT, h * 16 + d) * stored[j][0][d];
              }
              double p = Math.exp(score * shape.scale());
              sum += p;
              for (int d = 0; d < 16; d++) {
                expected[d] += p * stored[j][1][d];
              }
            }
          }
          for (int d = 0; d < 16; d++) {
            within(
                out.getAtIndex(ValueLayout.JAVA_FLOAT, h * 16 + d),
                expected[d] / sum,
                1e-4,
                backend.name() + " -Dseed=" + SEED);
          }
        }
        assertThatThrownBy(() ->
                batch.select(0, new PageSelection(4, 1, offsets, new int[] {1, 3, 1, 3, 1, 3, 0})))
            .hasMessageContaining("offset 8");
        batch.select(0, new PageSelection(4, 1, offsets, new int[] {1, 4, 1, 3, 1, 3, 0, 3}));
        assertThatThrownBy(() -> attention.attend(batch, 0, shape, last, row, out, null))
            .hasMessageContaining("page 4");
      }
    }
  }

  @Test
  void aQueryThatSeesNothingGetsZerosAndANaNIsSeen() {
    AttentionShape shape = shape(1, 1, 16, 0, Mask.CAUSAL);
    for (Backend backend : BACKENDS) {
      try (Tokens tokens = new Tokens(40, shape, random);
          PagePool pages = pool(shape, KvType.F16);
          KvSequence sequence = new KvSequence(pages);
          WorkerPool workers = new WorkerPool(1);
          Attention attention = new Attention(backend, workers)) {
        tokens.k.setAtIndex(ValueLayout.JAVA_FLOAT, 35 * 16 + 3, Float.NaN);
        for (int t = 0; t < 40; t++) {
          tokens.positions.setAtIndex(ValueLayout.JAVA_INT, t, 5 + t);
        }
        tokens.append(backend, sequence, 0, 40);
        MemorySegment positions = tokens.arena.allocate(12, 4);
        positions.setAtIndex(ValueLayout.JAVA_INT, 0, 4);
        positions.setAtIndex(ValueLayout.JAVA_INT, 1, 5);
        positions.setAtIndex(ValueLayout.JAVA_INT, 2, 44);
        MemorySegment out = RawMemory.floats(tokens.arena, 48);
        MemorySegment lse = RawMemory.floats(tokens.arena, 3);
        attention.attend(
            new AttentionBatch(positions).add(sequence, 3), 0, shape, tokens.q, 16, out, lse);
        assertThat(floats(out.asSlice(0, 64))).as(backend.name()).containsOnly(0f);
        assertThat(floats(lse)[0]).isEqualTo(Float.NEGATIVE_INFINITY);
        for (int d = 0; d < 16; d++) {
          within(
              floats(out)[16 + d],
              Float.float16ToFloat(
                  Float.floatToFloat16(tokens.v.getAtIndex(ValueLayout.JAVA_FLOAT, d))),
              1e-6,
              backend.name());
          assertThat(floats(out)[32 + d]).as(backend.name()).isNaN();
        }
      }
    }
  }
}
