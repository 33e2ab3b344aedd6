package engram.inference.model;

import static engram.inference.model.PatternOracle.DIM;
import static engram.inference.model.PatternOracle.FREQUENCIES;
import static engram.inference.model.PatternOracle.HEADS;
import static engram.inference.model.PatternOracle.KV_HEADS;
import static engram.inference.model.PatternOracle.SCALE;

import engram.inference.AttentionPattern;
import engram.inference.attention.AttentionBatch;
import engram.inference.attention.AttentionShape;
import engram.inference.cache.KvLayout;
import engram.inference.cache.KvSequence;
import engram.inference.kernel.Backends;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.Mask;
import engram.inference.kernel.RopeStyle;
import engram.inference.kernel.WorkerPool;
import engram.inference.model.PatternOracle.Text;
import engram.inference.model.PatternPasses.Reading;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Passes over the attention of one layer under patterns, with texts and caches of their own.
final class PatternPasses implements AutoCloseable {
  final Kernels kernels = new Kernels(Backends.java(), new WorkerPool(2));

  static KvLayout layout() {
    return new KvLayout(1, KV_HEADS, DIM, KvType.F32);
  }

  /// One text with its cache, read in pieces.
  static final class Reading {
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
  float[][] pass(PatternAttention patterns, int window, List<Reading> readings, int[] counts) {
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
        for (int t = 0; t < count; t++) {
          positions.setAtIndex(ValueLayout.JAVA_INT, row + t, reading.done + t);
          copy(reading.text.q()[reading.done + t], own, t);
        }
        rotate(arena, own, reading.done, count, HEADS);
        read(arena, reading, count);
        parts.add(new Step.Part(reading.sequence, row, count, reading.pattern));
        batch.add(reading.sequence, count);
        row += count;
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

  /// Keys and values of the next tokens go into the cache.
  void read(Arena arena, Reading reading, int count) {
    MemorySegment k = arena.allocate(4L * count * KV_HEADS * DIM, 64);
    MemorySegment v = arena.allocate(4L * count * KV_HEADS * DIM, 64);
    MemorySegment positions = arena.allocate(4L * count, 64);
    for (int t = 0; t < count; t++) {
      positions.setAtIndex(ValueLayout.JAVA_INT, t, reading.done + t);
      copy(reading.text.k()[reading.done + t], k, t);
      copy(reading.text.v()[reading.done + t], v, t);
    }
    rotate(arena, k, reading.done, count, KV_HEADS);
    reading.sequence.append(kernels.backend(), 0, k, v, KV_HEADS * DIM, positions, count);
    reading.done += count;
  }

  private void rotate(Arena arena, MemorySegment x, int first, int count, int heads) {
    int[] places = java.util.stream.IntStream.range(first, first + count).toArray();
    MemorySegment turns = arena.allocate(4L * count * DIM, 64);
    Kernels.rotations(places, FREQUENCIES, 1, turns);
    kernels.rope(RopeStyle.HALVES, x, (long) heads * DIM, turns, count, heads, DIM, DIM);
  }

  private static void copy(float[] from, MemorySegment to, int row) {
    MemorySegment.copy(from, 0, to, ValueLayout.JAVA_FLOAT, 4L * row * from.length, from.length);
  }

  @Override
  public void close() {
    kernels.close();
  }
}
