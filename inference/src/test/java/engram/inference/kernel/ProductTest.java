package engram.inference.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Products with packed weights, on every backend that this machine runs.
class ProductTest {
  private static final long SEED = Long.getLong("seed", new Random().nextLong());
  private static final double ULP = Math.ulp(1f);
  private static final List<Backend> BACKENDS = Backends.all();

  private final Random random = new Random(SEED);

  @Test
  void embeddingRowsAreTheFilesValuesBitForBit() {
    for (ElementType type : ElementType.values()) {
      try (Arena arena = Arena.ofConfined();
          Kernels kernels = new Kernels(Backends.java(), new WorkerPool(1))) {
        int columns = 512;
        MemorySegment data = Oracle.randomWeights(arena, type, 19, columns, random);
        PackedWeights table = PackedWeights.pack(type, data, 19, columns, arena, null);
        MemorySegment y = RawMemory.floats(arena, 2L * columns);
        kernels.embed(table, new int[] {18, 3}, y);
        for (int k = 0; k < columns; k++) {
          String where = type + " -Dseed=" + SEED + " column " + k;
          assertThat(Oracle.at(y, k)).as(where).isEqualTo(Oracle.row(type, data, 18, columns)[k]);
          assertThat(Oracle.at(y, columns + k))
              .as(where)
              .isEqualTo(Oracle.row(type, data, 3, columns)[k]);
        }
      }
    }
  }

  @Test
  void productsAreThoseOfTheDefinitionWithinTheActivationsRounding() {
    for (Backend backend : BACKENDS) {
      for (ElementType type : ElementType.values()) {
        for (int[] shape : new int[][] {{1, 1, 1}, {33, 1, 7}, {100, 3, 2}, {16, 13, 1}}) {
          product(backend, type, shape[0], shape[1], shape[2]);
        }
      }
    }
  }

  private void product(Backend backend, ElementType type, int rows, int blocks, int tokens) {
    // Any width for floats, whole blocks else.
    int columns = blocks * Math.max(type.blockElements(), 31);
    try (Arena arena = Arena.ofShared();
        Kernels kernels = new Kernels(backend, new WorkerPool(2))) {
      MemorySegment data = Oracle.randomWeights(arena, type, rows, columns, random);
      PackedWeights weights = PackedWeights.pack(type, data, rows, columns, arena, kernels.pool());
      MemorySegment x = Oracle.random(arena, tokens * columns, random);
      MemorySegment y = RawMemory.floats(arena, (long) tokens * rows);
      y.fill((byte) -1);
      kernels.matmul(weights, x, y, tokens);
      for (int n = 0; n < rows; n++) {
        float[] w = Oracle.row(type, data, n, columns);
        for (int t = 0; t < tokens; t++) {
          String where =
              "%s %s [%d,%d] n=%d t=%d -Dseed=%d"
                  .formatted(backend.name(), type, rows, columns, n, t, SEED);
          double sum = 0;
          double size = 0;
          double rounding = 0;
          for (int k = 0; k < columns; k++) {
            double value = Oracle.at(x, (long) t * columns + k);
            sum += w[k] * value;
            size += Math.abs(w[k] * value);
            if (type.blockElements() > 1) {
              // Half a step of the block's scale, for each activation.
              rounding += Math.abs(w[k]) * blockMax(x, t * columns + k / 32 * 32) / 127 / 2;
            }
          }
          // Each addition may round once; minima add terms larger than their sum.
          double tolerance = rounding * 1.01 + (columns + 8) * ULP * (size + rounding) * 4 + 1e-30;
          Differences.within(Oracle.at(y, (long) t * rows + n), sum, tolerance, where);
        }
      }
    }
  }

  private static double blockMax(MemorySegment x, int from) {
    double max = 0;
    for (int i = from; i < from + 32; i++) {
      max = Math.max(max, Math.abs(Oracle.at(x, i)));
    }
    return max;
  }

  /// With scales of one all that is left is integers, and every backend must have the same.
  @Test
  void integerPartsAreExact() {
    int columns = 4096;
    int rows = 17;
    for (Backend backend : BACKENDS) {
      try (Arena arena = Arena.ofConfined();
          Kernels kernels = new Kernels(backend, new WorkerPool(1))) {
        for (int round = 0; round < 3; round++) {
          byte[][] codes = new byte[rows][columns];
          MemorySegment data = arena.allocate(rows * ElementType.Q8_0.bytes(columns));
          for (int n = 0; n < rows; n++) {
            random.nextBytes(codes[n]);
            for (int k = 0; k < columns; k++) {
              codes[n][k] = round == 0 ? -128 : round == 1 ? 127 : codes[n][k];
              long at = n * ElementType.Q8_0.bytes(columns) + k / 32 * 34L;
              data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(1));
              data.set(ValueLayout.JAVA_BYTE, at + 2 + k % 32, codes[n][k]);
            }
          }
          PackedWeights weights =
              PackedWeights.pack(ElementType.Q8_0, data, rows, columns, arena, null);
          float[] x = new float[columns];
          for (int k = 0; k < columns; k++) {
            x[k] = k % 32 == 5 ? 127 : round < 2 ? -1 : random.nextInt(-127, 128);
          }
          MemorySegment y = RawMemory.floats(arena, rows);
          kernels.matmul(weights, Oracle.floats(arena, x), y, 1);
          for (int n = 0; n < rows; n++) {
            float sum = 0;
            for (int b = 0; b < columns / 32; b++) {
              int dot = 0;
              for (int k = 32 * b; k < 32 * b + 32; k++) {
                dot += codes[n][k] * (int) x[k];
              }
              sum += dot;
            }
            assertThat(Oracle.at(y, n)).as(backend.name() + " row " + n).isEqualTo(sum);
          }
        }
      }
    }
  }

  @Test
  void aRowDoesNotDependOnWhatElseIsInTheBatchNorOnTheThreads() {
    for (Backend backend : BACKENDS) {
      for (ElementType type : ElementType.values()) {
        int columns = type.blockElements() == 1 ? 77 : 512;
        int rows = 70;
        int tokens = 27;
        try (Arena arena = Arena.ofConfined();
            Kernels one = new Kernels(backend, new WorkerPool(1));
            Kernels many = new Kernels(backend, new WorkerPool(5))) {
          MemorySegment data = Oracle.randomWeights(arena, type, rows, columns, random);
          PackedWeights weights = PackedWeights.pack(type, data, rows, columns, arena, null);
          MemorySegment x = Oracle.random(arena, tokens * columns, random);
          MemorySegment together = RawMemory.floats(arena, (long) tokens * rows);
          MemorySegment alone = RawMemory.floats(arena, rows);
          many.matmul(weights, x, together, tokens);
          for (int t = 0; t < tokens; t++) {
            one.matmul(weights, x.asSlice(4L * t * columns), alone, 1);
            assertThat(together.asSlice(4L * t * rows, 4L * rows).mismatch(alone))
                .as("%s %s token %d -Dseed=%d", backend.name(), type, t, SEED)
                .isEqualTo(-1);
          }
        }
      }
    }
  }

  @Test
  void severalProjectionsShareTheirActivationsAndAddTheirBias() {
    for (Backend backend : BACKENDS) {
      try (Arena arena = Arena.ofConfined();
          Kernels kernels = new Kernels(backend, new WorkerPool(3))) {
        int columns = 256;
        int tokens = 9;
        MemorySegment x = Oracle.random(arena, tokens * columns, random);
        ElementType[] types = {ElementType.Q8_0, ElementType.F16, ElementType.Q4_K};
        int[] rows = {33, 16, 50};
        MemorySegment together = RawMemory.floats(arena, 120L * tokens);
        Projection[] projections = new Projection[3];
        MemorySegment[] alone = new MemorySegment[3];
        int offset = 0;
        for (int i = 0; i < 3; i++) {
          MemorySegment data = Oracle.randomWeights(arena, types[i], rows[i], columns, random);
          PackedWeights weights = PackedWeights.pack(types[i], data, rows[i], columns, arena, null);
          MemorySegment bias = i == 1 ? null : Oracle.random(arena, rows[i], random);
          projections[i] = new Projection(weights, together.asSlice(4L * offset), 120, bias);
          alone[i] = RawMemory.floats(arena, (long) tokens * rows[i]);
          kernels.matmul(weights, x, alone[i], tokens);
          for (int j = 0; bias != null && j < tokens * rows[i]; j++) {
            alone[i].setAtIndex(
                ValueLayout.JAVA_FLOAT, j, Oracle.at(alone[i], j) + Oracle.at(bias, j % rows[i]));
          }
          offset += rows[i];
        }
        kernels.matmul(projections, x, tokens);
        for (int i = 0; i < 3; i++) {
          for (int j = 0; j < tokens * rows[i]; j++) {
            long at = (long) (j / rows[i]) * 120 + j % rows[i];
            assertThat(Oracle.at(projections[i].y(), at)).isEqualTo(Oracle.at(alone[i], j));
          }
        }
      }
    }
  }

  @Test
  void whatIsNotFiniteIsNeverHidden() {
    for (Backend backend : BACKENDS) {
      for (ElementType type : List.of(ElementType.Q8_0, ElementType.Q4_K, ElementType.F32)) {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
          try (Arena arena = Arena.ofConfined();
              Kernels kernels = new Kernels(backend, new WorkerPool(1))) {
            MemorySegment data = Oracle.randomWeights(arena, type, 20, 256, random);
            PackedWeights weights = PackedWeights.pack(type, data, 20, 256, arena, null);
            MemorySegment x = Oracle.random(arena, 3 * 256, random);
            x.setAtIndex(ValueLayout.JAVA_FLOAT, 256 + 77, bad);
            MemorySegment y = RawMemory.floats(arena, 60);
            kernels.matmul(weights, x, y, 3);
            for (int n = 0; n < 60; n++) {
              assertThat(Float.isFinite(Oracle.at(y, n)))
                  .as(backend.name() + " " + type + " " + bad)
                  .isEqualTo(n < 20 || n >= 40);
            }
          }
        }
      }
    }
  }

  @Test
  void nothingToDoIsDone() {
    try (Arena arena = Arena.ofConfined();
        Kernels kernels = Kernels.load()) {
      PackedWeights none =
          PackedWeights.pack(ElementType.Q8_0, arena.allocate(0), 0, 64, arena, null);
      kernels.matmul(none, RawMemory.floats(arena, 64), RawMemory.floats(arena, 1), 1);
      MemorySegment data = Oracle.randomWeights(arena, ElementType.F32, 3, 0, random);
      PackedWeights flat = PackedWeights.pack(ElementType.F32, data, 3, 0, arena, null);
      MemorySegment y = Oracle.floats(arena, 7, 7, 7);
      kernels.matmul(flat, RawMemory.floats(arena, 1), y, 1);
      assertThat(y.toArray(ValueLayout.JAVA_FLOAT)).containsOnly(0f);
      kernels.matmul(flat, y, y, 0);
    }
  }

  @Test
  void wrongSizesAreNamed() {
    try (Arena arena = Arena.ofConfined();
        Kernels kernels = Kernels.load()) {
      assertThatThrownBy(
              () -> PackedWeights.pack(ElementType.Q8_0, arena.allocate(34), 1, 33, arena, null))
          .hasMessageContaining("33 elements");
      assertThatThrownBy(
              () -> PackedWeights.pack(ElementType.Q8_0, arena.allocate(33), 1, 32, arena, null))
          .hasMessageContaining("34 bytes, not 33");
      PackedWeights weights =
          PackedWeights.pack(ElementType.Q8_0, arena.allocate(34), 1, 32, arena, null);
      assertThatThrownBy(() ->
              kernels.matmul(weights, RawMemory.floats(arena, 31), RawMemory.floats(arena, 1), 1))
          .hasMessageContaining("needed are 128");
      assertThatThrownBy(() ->
              kernels.matmul(
                  weights, MemorySegment.ofArray(new float[32]), RawMemory.floats(arena, 1), 1))
          .hasMessageContaining("on the heap");
    }
  }

  @Test
  void aWarmCallAllocatesNothing() {
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    for (Backend backend : BACKENDS) {
      try (Arena arena = Arena.ofConfined();
          Kernels kernels = new Kernels(backend, new WorkerPool(1))) {
        MemorySegment data = Oracle.randomWeights(arena, ElementType.Q8_0, 16, 32, random);
        PackedWeights weights = PackedWeights.pack(ElementType.Q8_0, data, 16, 32, arena, null);
        MemorySegment x = Oracle.random(arena, 32, random);
        MemorySegment y = RawMemory.floats(arena, 16);
        long least = Long.MAX_VALUE;
        // Until it is compiled, which comes late on a busy machine: vectors are objects before.
        long until = System.nanoTime() + 20_000_000_000L;
        for (int round = 0; least >= 1000 && (round < 40 || System.nanoTime() < until); round++) {
          long before = threads.getCurrentThreadAllocatedBytes();
          for (int i = 0; i < 1000; i++) {
            kernels.matmul(weights, x, y, 1);
          }
          least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as(backend.name()).isLessThan(1000L);
      }
    }
  }
}
