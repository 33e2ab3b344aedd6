package engram.inference.model;

import engram.inference.cache.KvLayout;
import engram.inference.cache.KvSequence;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Our decoder with a cache in halves, which llama.cpp has too.
final class OwnDecoder implements AutoCloseable {
  private static final int PIECE = 512;

  final Decoder decoder;
  private final PagePool pool;
  private final Kernels kernels;

  OwnDecoder(Path file, Kernels kernels, int context) {
    this.kernels = kernels;
    try (ModelFile model = ModelFile.open(file)) {
      decoder = Decoder.load(model, context, kernels);
    }
    KvLayout layout = decoder.layout(KvType.F16);
    pool = new PagePool(layout, new MemoryBudget(layout.bytes(context + 64L)));
  }

  /// Tokens per second of one run behind `depth` cached tokens.
  double speed(int depth, boolean prompt, int count) {
    try (KvSequence sequence = new KvSequence(pool)) {
      fill(sequence, depth);
      int[] tokens = new int[prompt ? count : 1];
      Arrays.setAll(tokens, i -> 1 + i % 997);
      if (!prompt) {
        // As their driver: the first two are not counted.
        step(sequence, tokens, depth);
        step(sequence, tokens, depth + 1);
        sequence.truncate(depth);
      }
      long begin = System.nanoTime();
      if (prompt) {
        // In pieces, as the scheduler and their engine read.
        for (int from = 0; from < count; from += PIECE) {
          int to = Math.min(count, from + PIECE);
          step(sequence, Arrays.copyOfRange(tokens, from, to), depth + from);
        }
      } else {
        for (int i = 0; i < count; i++) {
          step(sequence, tokens, depth + i);
        }
      }
      return count * 1e9 / (System.nanoTime() - begin);
    }
  }

  private void step(KvSequence sequence, int[] tokens, int position) {
    Step step = new Step();
    step.add(sequence, tokens, position);
    step.want(tokens.length - 1);
    decoder.forward(step);
  }

  private void fill(KvSequence sequence, int depth) {
    KvLayout layout = pool.layout();
    long stride = (long) layout.kvHeads() * layout.headDim();
    int piece = 256;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment k = arena.allocate(4 * stride * piece, 64);
      SplittableRandom random = new SplittableRandom(7);
      for (long i = 0; i < stride * piece; i++) {
        k.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (random.nextDouble() - 0.5) / 4);
      }
      MemorySegment positions = arena.allocate(4L * piece, 64);
      for (int from = 0; from < depth; from += piece) {
        int count = Math.min(piece, depth - from);
        if (!sequence.reserve(count)) {
          throw new IllegalStateException("the cache is too small for " + depth + " tokens");
        }
        for (int i = 0; i < count; i++) {
          positions.setAtIndex(ValueLayout.JAVA_INT, i, from + i);
        }
        for (int layer = 0; layer < layout.layers(); layer++) {
          sequence.append(kernels.backend(), layer, k, k, stride, positions, count);
        }
      }
    }
  }

  @Override
  public void close() {
    pool.close();
    decoder.close();
  }
}
