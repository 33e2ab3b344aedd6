package engram.inference.attention;

import static engram.inference.attention.Tokens.floats;
import static engram.inference.attention.Tokens.pool;
import static engram.inference.attention.Tokens.shape;
import static engram.inference.kernel.Differences.within;
import static org.assertj.core.api.Assertions.assertThat;

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

/// A result does not depend on how the work was cut: batches, steps, threads, lists and segments of
/// pages.
class AttentionPartsTest {
  private static final long SEED = Long.getLong("seed", new Random().nextLong());
  private static final List<Backend> BACKENDS = Backends.all();
  private static final List<Backend> TWINS = List.of(BACKENDS.getFirst(), BACKENDS.getLast());

  private final Random random = new Random(SEED);

  /// The promise that the engine makes about tokens rests on these bits.
  @Test
  void aQuerysResultDoesNotDependOnBatchStepsThreadsOrPageLists() {
    for (Backend backend : TWINS) {
      for (KvType type : List.of(KvType.F16, KvType.INT4)) {
        AttentionShape shape = shape(4, 2, 32, 0, Mask.CAUSAL);
        int count = 150;
        try (Tokens tokens = new Tokens(count, shape, random);
            Tokens other = new Tokens(77, shape, random);
            PagePool pages = pool(shape, type);
            WorkerPool one = new WorkerPool(1);
            WorkerPool many = new WorkerPool(5);
            Attention alone = new Attention(backend, one);
            Attention shared = new Attention(backend, many)) {
          long row = tokens.qRow();
          MemorySegment whole = RawMemory.floats(tokens.arena, count * row);
          try (KvSequence sequence = new KvSequence(pages)) {
            tokens.append(backend, sequence, 0, count);
            alone.attend(
                new AttentionBatch(tokens.positions).add(sequence, count),
                0,
                shape,
                tokens.q,
                row,
                whole,
                null);
          }
          MemorySegment stepped = RawMemory.floats(tokens.arena, count * row);
          try (KvSequence sequence = new KvSequence(pages)) {
            for (int from = 0; from < count; ) {
              int to = Math.min(count, from + 1 + random.nextInt(40));
              tokens.append(backend, sequence, from, to);
              shared.attend(
                  new AttentionBatch(tokens.positions.asSlice(4L * from)).add(sequence, to - from),
                  0,
                  shape,
                  tokens.q.asSlice(4 * from * row),
                  row,
                  stepped.asSlice(4 * from * row),
                  null);
              from = to;
            }
          }
          assertThat(floats(stepped)).as("-Dseed=%d", SEED).isEqualTo(floats(whole));
          batched(backend, shared, pages, tokens, other, whole);
        }
      }
    }
  }

  private void batched(
      Backend backend,
      Attention attention,
      PagePool pages,
      Tokens tokens,
      Tokens other,
      MemorySegment whole) {
    int count = tokens.count;
    int all = other.count + count;
    long row = tokens.qRow();
    try (KvSequence first = new KvSequence(pages);
        KvSequence second = new KvSequence(pages)) {
      other.append(backend, first, 0, other.count);
      tokens.append(backend, second, 0, count);
      MemorySegment positions = tokens.arena.allocate(4L * all, 4);
      MemorySegment.copy(other.positions, 0, positions, 0, 4L * other.count);
      MemorySegment.copy(tokens.positions, 0, positions, 4L * other.count, 4L * count);
      MemorySegment q = RawMemory.floats(tokens.arena, all * row);
      MemorySegment.copy(other.q, 0, q, 0, 4 * other.count * row);
      MemorySegment.copy(tokens.q, 0, q, 4 * other.count * row, 4 * count * row);
      MemorySegment out = RawMemory.floats(tokens.arena, all * row);
      int pageCount = second.pages(0, 0);
      int[] everyPage = new int[2 * pageCount];
      for (int i = 0; i < everyPage.length; i++) {
        everyPage[i] = i % pageCount;
      }
      PageSelection every =
          new PageSelection(2, count, new int[] {0, pageCount, 2 * pageCount}, everyPage);
      AttentionBatch batch =
          new AttentionBatch(positions).add(first, other.count).add(second, count, every);
      attention.attend(batch, 0, tokens.shape, q, row, out, null);
      assertThat(floats(out.asSlice(4 * other.count * row)))
          .as("-Dseed=%d", SEED)
          .isEqualTo(floats(whole));
    }
  }

  @Test
  void longListsInSegmentsEqualOneMergeOfParts() {
    AttentionShape shape = shape(2, 1, 16, 0, Mask.CAUSAL);
    int count = 4097 + 40;
    for (Backend backend : TWINS) {
      try (Tokens tokens = new Tokens(count, shape, random);
          PagePool pages = pool(shape, KvType.F16);
          KvSequence sequence = new KvSequence(pages);
          WorkerPool workers = new WorkerPool(4);
          Attention attention = new Attention(backend, workers)) {
        tokens.append(backend, sequence, 0, count);
        long row = tokens.qRow();
        MemorySegment q = tokens.q.asSlice(4 * (count - 1) * row);
        MemorySegment out = RawMemory.floats(tokens.arena, row);
        MemorySegment lse = RawMemory.floats(tokens.arena, 2);
        AttentionBatch batch =
            new AttentionBatch(tokens.positions.asSlice(4L * (count - 1))).add(sequence, 1);
        attention.attend(batch, 0, shape, q, row, out, lse);
        int all = sequence.pages(0, 0);
        MemorySegment[] parts = new MemorySegment[2];
        MemorySegment[] sums = new MemorySegment[2];
        for (int part = 0; part < 2; part++) {
          int first = part == 0 ? 0 : 37;
          int last = part == 0 ? 37 : all;
          int[] list = new int[last - first];
          for (int i = 0; i < list.length; i++) {
            list[i] = first + i;
          }
          parts[part] = RawMemory.floats(tokens.arena, row);
          sums[part] = RawMemory.floats(tokens.arena, 2);
          batch.select(0, new PageSelection(1, 1, new int[] {0, list.length}, list));
          attention.attend(batch, 0, shape, q, row, parts[part], sums[part]);
        }
        for (int h = 0; h < 2; h++) {
          float merged =
              Merge.weighted(
                  parts[0],
                  64L * h,
                  sums[0].getAtIndex(ValueLayout.JAVA_FLOAT, h),
                  parts[1],
                  64L * h,
                  sums[1].getAtIndex(ValueLayout.JAVA_FLOAT, h),
                  16);
          within(merged, lse.getAtIndex(ValueLayout.JAVA_FLOAT, h), 2e-5, backend.name());
          for (int d = 0; d < 16; d++) {
            within(
                parts[0].getAtIndex(ValueLayout.JAVA_FLOAT, 16 * h + d),
                out.getAtIndex(ValueLayout.JAVA_FLOAT, 16 * h + d),
                1e-5,
                backend.name() + " -Dseed=" + SEED);
          }
        }
      }
    }
  }
}
