package engram.inference.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.kernel.Backend;
import engram.inference.kernel.Backends;
import engram.inference.kernel.KvType;
import engram.inference.kernel.RawMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class KvSequenceTest {
  private static final long SEED = Long.getLong("seed", new Random().nextLong());
  private static final int LAYERS = 2;
  private static final int HEADS = 2;
  private static final int DIM = 40;

  private final Random random = new Random(SEED);
  private final Backend backend = Backends.best().backend();
  private final Arena arena = Arena.ofAuto();

  private static PagePool pool(KvType type, int pages) {
    KvLayout layout = new KvLayout(LAYERS, HEADS, DIM, type);
    return new PagePool(layout, new MemoryBudget(pages * layout.format().bytes()));
  }

  /// A key that says what it is: exact in halves, and in codes where all channels are alike.
  private static float key(int position, int layer, int head) {
    return position % 97 + layer * 100 + head * 200 + 1;
  }

  private void append(KvSequence sequence, int... positions) {
    for (int layer = 0; layer < LAYERS; layer++) {
      MemorySegment k = RawMemory.floats(arena, (long) positions.length * HEADS * DIM);
      MemorySegment v = RawMemory.floats(arena, (long) positions.length * HEADS * DIM);
      for (int i = 0; i < positions.length * HEADS * DIM; i++) {
        int position = positions[i / (HEADS * DIM)];
        float value = key(position, layer, i / DIM % HEADS);
        k.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        v.setAtIndex(ValueLayout.JAVA_FLOAT, i, -value);
      }
      MemorySegment at = arena.allocateFrom(ValueLayout.JAVA_INT, positions);
      sequence.append(backend, layer, k, v, HEADS * DIM, at, positions.length);
    }
  }

  private static int[] range(int from, int to) {
    int[] all = new int[to - from];
    for (int i = 0; i < all.length; i++) {
      all[i] = from + i;
    }
    return all;
  }

  private void check(KvSequence sequence, int layer, int head, List<Integer> expected) {
    MemorySegment k = RawMemory.floats(arena, DIM);
    MemorySegment v = RawMemory.floats(arena, DIM);
    assertThat(sequence.positions(layer, head))
        .as("-Dseed=%d", SEED)
        .containsExactly(expected.stream().mapToInt(i -> i).toArray());
    for (int i = 0; i < expected.size(); i++) {
      sequence.read(backend, layer, head, i, k, v);
      float value = key(expected.get(i), layer, head);
      for (int d = 0; d < DIM; d++) {
        float exact = k.getAtIndex(ValueLayout.JAVA_FLOAT, d);
        // Eight bits hold the half nearest to value / 127, times 127.
        assertThat(exact).isCloseTo(value, org.assertj.core.data.Percentage.withPercentage(0.1));
        assertThat(v.getAtIndex(ValueLayout.JAVA_FLOAT, d))
            .isCloseTo(-value, org.assertj.core.data.Percentage.withPercentage(0.1));
      }
    }
  }

  /// Random schedules of all that can be done to sequences, against lists of positions.
  @Test
  void sequencesAgreeWithListsOfPositionsAndLoseNoPage() {
    for (KvType type : KvType.values()) {
      try (PagePool pool = pool(type, 400)) {
        List<KvSequence> sequences = new ArrayList<>();
        List<List<List<Integer>>> models = new ArrayList<>();
        for (int step = 0; step < 250; step++) {
          int which = sequences.isEmpty() ? -1 : random.nextInt(sequences.size());
          switch (which < 0 ? 0 : random.nextInt(7)) {
            case 0 -> {
              if (sequences.size() < 5) {
                sequences.add(new KvSequence(pool));
                models.add(lists());
              }
            }
            case 1, 2 -> {
              int next =
                  models.get(which).stream()
                      .mapToInt(l -> l.isEmpty() ? 0 : l.getLast() + 1)
                      .max()
                      .getAsInt();
              int[] more = range(next, next + 1 + random.nextInt(40));
              if (sequences.get(which).reserve(more.length)) {
                append(sequences.get(which), more);
                models
                    .get(which)
                    .forEach(list -> {
                      for (int position : more) {
                        list.add(position);
                      }
                    });
              }
            }
            case 3 -> {
              int end = random.nextInt(120);
              if (sequences.size() < 5 && pool.freePages() > 8) {
                sequences.add(sequences.get(which).fork(end));
                List<List<Integer>> copy = lists();
                for (int i = 0; i < copy.size(); i++) {
                  models.get(which).get(i).stream().filter(p -> p < end).forEach(copy.get(i)::add);
                }
                models.add(copy);
              }
            }
            case 4 -> {
              int end = random.nextInt(120);
              if (pool.freePages() > 8) {
                sequences.get(which).truncate(end);
                models.get(which).forEach(list -> list.removeIf(p -> p >= end));
              }
            }
            case 5 -> {
              int table = random.nextInt(LAYERS * HEADS);
              List<Integer> list = models.get(which).get(table);
              if (pool.freePages() > 20) {
                int[] kept =
                    random
                        .ints(0, Math.max(1, list.size()))
                        .limit(list.size() / 2 + 1)
                        .distinct()
                        .sorted()
                        .filter(i -> i < list.size())
                        .toArray();
                sequences.get(which).keep(table / HEADS, table % HEADS, kept);
                List<Integer> left = new ArrayList<>();
                for (int i : kept) {
                  left.add(list.get(i));
                }
                models.get(which).set(table, left);
              }
            }
            default -> {
              sequences.remove(which).close();
              models.remove(which);
            }
          }
          if (step % 10 == 0) {
            for (int s = 0; s < sequences.size(); s++) {
              for (int i = 0; i < LAYERS * HEADS; i++) {
                check(sequences.get(s), i / HEADS, i % HEADS, models.get(s).get(i));
              }
            }
          }
        }
        for (int s = 0; s < sequences.size(); s++) {
          for (int i = 0; i < LAYERS * HEADS; i++) {
            check(sequences.get(s), i / HEADS, i % HEADS, models.get(s).get(i));
          }
        }
        sequences.forEach(KvSequence::close);
        assertThat(pool.livePages()).as("-Dseed=%d", SEED).isZero();
        assertThat(pool.budget().usedBytes()).isZero();
      }
    }
  }

  private static List<List<Integer>> lists() {
    List<List<Integer>> lists = new ArrayList<>();
    for (int i = 0; i < LAYERS * HEADS; i++) {
      lists.add(new ArrayList<>());
    }
    return lists;
  }

  @Test
  void aForkSharesPagesUntilOneWrites() {
    try (PagePool pool = pool(KvType.F16, 100)) {
      KvSequence first = new KvSequence(pool);
      append(first, range(0, 40));
      assertThat(pool.livePages()).isEqualTo(8);
      KvSequence second = first.fork();
      assertThat(pool.livePages()).isEqualTo(8);
      assertThat(first.ownBytes()).isZero();
      append(second, 40);
      assertThat(pool.livePages()).isEqualTo(12); // the last page of each list was copied
      append(first, 41, 42);
      assertThat(pool.livePages()).isEqualTo(12);
      assertThat(first.positions(1, 1)).endsWith(39, 41, 42);
      assertThat(second.positions(1, 1)).endsWith(39, 40);
      first.close();
      assertThat(pool.livePages()).isEqualTo(8);
      second.close();
      assertThat(pool.livePages()).isZero();
    }
  }

  @Test
  void aFullBudgetChangesNothing() {
    try (PagePool pool = pool(KvType.F16, 7)) {
      KvSequence sequence = new KvSequence(pool);
      append(sequence, range(0, 32));
      assertThat(sequence.pagesNeeded(1)).isEqualTo(4);
      assertThat(sequence.reserve(1)).isFalse();
      assertThat(pool.livePages()).isEqualTo(4);
      assertThatThrownBy(() -> append(sequence, 32, 33)).isInstanceOf(KvCacheFullException.class);
      KvSequence other = new KvSequence(pool);
      assertThat(other.reserve(1)).isFalse();
      sequence.close();
      assertThat(other.reserve(1)).isTrue();
      other.close();
      other.close();
      assertThatThrownBy(() -> other.reserve(1)).hasMessageContaining("closed");
    }
  }

  @Test
  void evictionFreesPagesOfOneHeadOnly() {
    try (PagePool pool = pool(KvType.F16, 100);
        KvSequence sequence = new KvSequence(pool)) {
      append(sequence, range(0, 320));
      assertThat(pool.livePages()).isEqualTo(40);
      sequence.keep(1, 0, new int[] {0, 1, 2, 3, 300, 319});
      assertThat(pool.livePages()).isEqualTo(31);
      assertThat(sequence.positions(1, 0)).containsExactly(0, 1, 2, 3, 300, 319);
      assertThat(sequence.entries(1, 1)).isEqualTo(320);
      append(sequence, 320);
      assertThat(sequence.positions(1, 0)).endsWith(319, 320);
      assertThatThrownBy(() -> sequence.keep(1, 0, new int[] {3, 2}))
          .hasMessageContaining("kept[1] = 2");
    }
  }

  @Test
  void aSnapshotComesBackAsItWas() {
    for (KvType type : KvType.values()) {
      try (PagePool pool = pool(type, 200);
          KvSequence sequence = new KvSequence(pool)) {
        append(sequence, range(0, 77));
        sequence.keep(0, 1, new int[] {5, 40, 76});
        MemorySegment bytes = arena.allocate(KvSnapshot.bytes(sequence, 0));
        KvSnapshot.write(sequence, 0, bytes);
        try (KvSequence back = new KvSequence(pool)) {
          KvSnapshot.append(back, bytes);
          check(back, 0, 1, List.of(5, 40, 76));
          check(back, 1, 1, java.util.stream.IntStream.range(0, 77).boxed().toList());
        }
        try (KvSequence none = new KvSequence(pool)) {
          assertThatThrownBy(() -> KvSnapshot.append(none, bytes.asSlice(0, bytes.byteSize() - 1)))
              .hasMessageContaining("too short");
          bytes.set(ValueLayout.JAVA_INT_UNALIGNED, 0, Integer.MAX_VALUE);
          assertThatThrownBy(() -> KvSnapshot.append(none, bytes))
              .hasMessageContaining("too short");
        }
      }
    }
  }

  @Test
  void aSnapshotOfTheEndGoesOnWithTheBeginning() {
    for (KvType type : KvType.values()) {
      try (PagePool pool = pool(type, 200);
          KvSequence sequence = new KvSequence(pool)) {
        append(sequence, range(0, 77));
        MemorySegment bytes = arena.allocate(KvSnapshot.bytes(sequence, 64));
        assertThat(bytes.byteSize()).isLessThan(KvSnapshot.bytes(sequence, 0) / 2);
        KvSnapshot.write(sequence, 64, bytes);
        int pages = pool.livePages();
        try (KvSequence back = sequence.fork(64)) {
          KvSnapshot.append(back, bytes);
          check(back, 0, 1, java.util.stream.IntStream.range(0, 77).boxed().toList());
          assertThat(pool.livePages()).as("the beginning is shared").isLessThan(2 * pages);
          assertThatThrownBy(() -> KvSnapshot.append(back, bytes))
              .hasMessageContaining("ends within a page: 77 entries");
        }
        assertThatThrownBy(() -> KvSnapshot.bytes(sequence, 33))
            .hasMessageContaining("from 33 is not within [0, 77]");
        assertThatThrownBy(() -> KvSnapshot.bytes(sequence, 96))
            .hasMessageContaining("from 96 is not within [0, 77]");
      }
    }
  }

  @Test
  void writingAnEntryLeavesTheForkAlone() {
    try (PagePool pool = pool(KvType.F32, 100);
        KvSequence sequence = new KvSequence(pool)) {
      append(sequence, range(0, 3));
      try (KvSequence fork = sequence.fork()) {
        MemorySegment k = RawMemory.floats(arena, DIM);
        k.setAtIndex(ValueLayout.JAVA_FLOAT, 3, 5);
        sequence.write(backend, 0, 1, 2, k, k, 7);
        assertThat(sequence.positions(0, 1)).containsExactly(0, 1, 7);
        check(fork, 0, 1, List.of(0, 1, 2));
        assertThatThrownBy(() -> sequence.write(backend, 0, 1, 1, k, k, 8))
            .hasMessageContaining("not in order");
      }
    }
  }

  @Test
  void freedMemoryGoesBackToTheSystem() throws IOException {
    Path statm = Path.of("/proc/self/statm");
    Assumptions.assumeTrue(Files.exists(statm), "resident memory is read from " + statm);
    KvLayout layout = new KvLayout(1, 1, 128, KvType.F16);
    try (PagePool pool = new PagePool(layout, new MemoryBudget(256L << 20))) {
      KvSequence kept = new KvSequence(pool);
      KvSequence dropped = new KvSequence(pool);
      long before = residentPages(statm);
      assertThat(dropped.reserve(32 * 8000)).isTrue(); // 130 MB
      assertThat(kept.reserve(1)).isTrue();
      long full = residentPages(statm);
      dropped.close();
      long after = residentPages(statm);
      assertThat(full - before).isGreaterThan(100_000_000 / 4096);
      assertThat(full - after).isGreaterThan(100_000_000 / 4096);
      kept.close();
    }
  }

  private static long residentPages(Path statm) throws IOException {
    return Long.parseLong(Files.readString(statm).split(" ")[1]);
  }
}
