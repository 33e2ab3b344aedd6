package engram.inference.attention;

import engram.inference.cache.KvLayout;
import engram.inference.cache.KvSequence;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Backend;
import engram.inference.kernel.KvType;
import engram.inference.kernel.Mask;
import engram.inference.kernel.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/// One layer's inputs of some tokens.
final class Tokens implements AutoCloseable {
  final Arena arena = Arena.ofShared();
  final int count;
  final AttentionShape shape;
  final MemorySegment q;
  final MemorySegment k;
  final MemorySegment v;
  final MemorySegment positions;

  Tokens(int count, AttentionShape shape, Random random) {
    this.count = count;
    this.shape = shape;
    q = floats(random, count * shape.heads() * shape.headDim());
    k = floats(random, count * shape.kvHeads() * shape.headDim());
    v = floats(random, count * shape.kvHeads() * shape.headDim());
    positions = arena.allocate(4L * Math.max(1, count), 4);
    for (int t = 0; t < count; t++) {
      positions.setAtIndex(ValueLayout.JAVA_INT, t, t);
    }
  }

  private MemorySegment floats(Random random, int n) {
    MemorySegment x = RawMemory.floats(arena, Math.max(1, n));
    for (int i = 0; i < n; i++) {
      x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return x;
  }

  long qRow() {
    return (long) shape.heads() * shape.headDim();
  }

  void append(Backend backend, KvSequence sequence, int from, int to) {
    long row = (long) shape.kvHeads() * shape.headDim();
    sequence.append(
        backend,
        0,
        k.asSlice(4 * from * row),
        v.asSlice(4 * from * row),
        row,
        positions.asSlice(4L * from),
        to - from);
  }

  @Override
  public void close() {
    arena.close();
  }

  static AttentionShape shape(int heads, int kvHeads, int dim, float softcap, Mask mask) {
    return new AttentionShape(heads, kvHeads, dim, (float) (1 / Math.sqrt(dim)), softcap, mask);
  }

  static PagePool pool(AttentionShape shape, KvType type) {
    return new PagePool(
        new KvLayout(1, shape.kvHeads(), shape.headDim(), type), new MemoryBudget(64L << 20));
  }

  static float[] floats(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_FLOAT);
  }

  static float[][][] stored(Backend backend, KvSequence sequence, int kvHead, Arena arena) {
    int dim = sequence.pool().format().headDim();
    float[][][] stored = new float[sequence.entries(0, kvHead)][][];
    MemorySegment k = RawMemory.floats(arena, dim);
    MemorySegment v = RawMemory.floats(arena, dim);
    for (int j = 0; j < stored.length; j++) {
      sequence.read(backend, 0, kvHead, j, k, v);
      stored[j] = new float[][] {floats(k), floats(v)};
    }
    return stored;
  }
}
