package engram.inference.model;

import engram.inference.kernel.Kernels;
import engram.inference.kernel.PackedWeights;
import engram.inference.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// What a machine can do at most, measured: the floor of all else.
final class CpuFloors {
  private CpuFloors() {}

  /// Bytes a second that all threads together read from memory: the best of some rounds.
  static double bandwidth(int threads, long bytes) throws InterruptedException {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(bytes, 64);
      memory.fill((byte) 1);
      double best = 0;
      for (int round = 0; round < 8; round++) {
        long[] sums = new long[threads];
        long begin = System.nanoTime();
        parallel(
            threads,
            thread -> {
              long each = bytes / threads / 256 * 256;
              sums[thread] = sum(memory.asSlice(thread * each, each));
            });
        best = Math.max(best, bytes * 1e9 / (System.nanoTime() - begin));
        if (Arrays.stream(sums).sum() == 0) {
          throw new IllegalStateException("nothing was read");
        }
      }
      return best;
    }
  }

  /// Two streams of four sums: more than memory can deliver to one thread.
  private static long sum(MemorySegment memory) {
    long half = memory.byteSize() / 2;
    long a = 0;
    long b = 0;
    long c = 0;
    long d = 0;
    for (long at = 0; at < half; at += 16) {
      a += memory.get(ValueLayout.JAVA_LONG, at);
      b += memory.get(ValueLayout.JAVA_LONG, at + 8);
      c += memory.get(ValueLayout.JAVA_LONG, half + at);
      d += memory.get(ValueLayout.JAVA_LONG, half + at + 8);
    }
    return a + b + c + d;
  }

  private interface Work {
    void run(int thread);
  }

  private static void parallel(int threads, Work work) throws InterruptedException {
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int thread = i;
      all.add(Thread.ofPlatform().start(() -> work.run(thread)));
    }
    for (Thread thread : all) {
      thread.join();
    }
  }

  /// Multiplications and additions a second of a product whose weights stay in the cache: what our
  /// own kernel does when memory is no limit, not what the machine could.
  static double rate(Kernels kernels) {
    int rows = 512;
    int columns = 512;
    int tokens = 128;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment bytes = arena.allocate(ElementType.Q8_0.bytes((long) rows * columns), 64);
      SplittableRandom random = new SplittableRandom(1);
      for (long i = 0; i < bytes.byteSize(); i++) {
        bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (i % 34 < 2 ? 0x14 : random.nextInt()));
      }
      PackedWeights weights =
          PackedWeights.pack(ElementType.Q8_0, bytes, rows, columns, arena, null);
      MemorySegment x = arena.allocate(4L * tokens * columns, 64);
      for (long i = 0; i < (long) tokens * columns; i++) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble());
      }
      MemorySegment y = arena.allocate(4L * tokens * rows, 64);
      double best = 0;
      for (int round = 0; round < 20; round++) {
        long begin = System.nanoTime();
        for (int i = 0; i < 5; i++) {
          kernels.matmul(weights, x, y, tokens);
        }
        best = Math.max(best, 10.0 * rows * columns * tokens * 1e9 / (System.nanoTime() - begin));
      }
      return best;
    }
  }
}
