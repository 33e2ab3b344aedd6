package engram.inference.model;

import engram.inference.AttentionPattern;
import engram.inference.attention.Attention;
import engram.inference.attention.AttentionBatch;
import engram.inference.attention.AttentionShape;
import engram.inference.attention.Merge;
import engram.inference.attention.PageSelection;
import engram.inference.cache.KvLayout;
import engram.inference.cache.KvSequence;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.Mask;
import engram.inference.kernel.RopeStyle;
import engram.inference.model.SeenSpans.Span;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Attention where some sequences see only what their [AttentionPattern] says.
///
/// A query's spans are attended to one by one and merged by their log-sum-exp: the last one
/// together with the whole batch, those before it with a copy of the query that is turned to where
/// the pattern says that it stands. Rotations are relative, so cached keys stay as they are; only
/// where a distance is capped are the keys beyond it turned back to position 0, in a copy. What
/// lies between spans is not read.
///
/// Threads: those of the decoder's passes, which take turns.
final class PatternAttention implements AutoCloseable {
  private final Kernels kernels;
  private final Attention attention;
  private final RopeStyle style;
  private final int rotary;
  private final PagePool copies;
  private final PassMemory memory = new PassMemory();

  /// @param kernels and attention stay the caller's
  PatternAttention(
      Kernels kernels,
      Attention attention,
      RopeStyle style,
      int rotary,
      KvLayout layout,
      int contextTokens) {
    this.kernels = kernels;
    this.attention = attention;
    this.style = style;
    this.rotary = rotary;
    KvLayout one = new KvLayout(1, layout.kvHeads(), layout.headDim(), KvType.F32);
    copies = new PagePool(one, new MemoryBudget(one.bytes(contextTokens)));
  }

  /// What a layer computes with: memory of the pass.
  ///
  /// @param frequencies of this layer's rotations
  /// @param q `[T, H, D]`, rotated, rows `qStride` apart
  /// @param out `[T, H, D]`
  /// @param lse `[T, H]`
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Layer(
      int index,
      AttentionShape shape,
      float[] frequencies,
      MemorySegment q,
      long qStride,
      MemorySegment out,
      MemorySegment lse) {}

  /// As [Attention#attend], with the patterns of the step's parts.
  ///
  /// @param batch part `i` is the step's `i`-th, with all positions
  void attend(Layer layer, List<Step.Part> parts, AttentionBatch batch) {
    memory.clear();
    List<SeenSpans[]> seen = new ArrayList<>();
    AttentionBatch last = new AttentionBatch(memory.allocate(4L * batch.rows(), 64));
    for (int i = 0; i < parts.size(); i++) {
      Step.Part part = parts.get(i);
      SeenSpans[] rows = seenBy(part, batch.positions(), layer.shape().mask().window());
      seen.add(rows);
      if (rows.length == 0) {
        MemorySegment.copy(
            batch.positions(),
            4L * part.firstRow(),
            last.positions(),
            4L * part.firstRow(),
            4L * part.count());
        last.add(part.sequence(), part.count(), batch.selection(i));
      } else {
        Span[] spans = new Span[rows.length];
        for (int t = 0; t < spans.length; t++) {
          spans[t] = rows[t].last();
        }
        addRuns(last, part.sequence(), layer.index(), spans);
      }
    }
    attention.attend(
        last, layer.index(), layer.shape(), layer.q(), layer.qStride(), layer.out(), layer.lse());
    for (int i = 0; i < parts.size(); i++) {
      Step.Part part = parts.get(i);
      mergeAll(layer, part, seen.get(i), SeenSpans::earlier, false);
      mergeAll(layer, part, seen.get(i), SeenSpans::capped, true);
    }
  }

  private static SeenSpans[] seenBy(Step.Part part, MemorySegment positions, int window) {
    AttentionPattern pattern = part.pattern();
    if (pattern == null) {
      return new SeenSpans[0];
    }
    SeenSpans[] rows = new SeenSpans[part.count()];
    for (int t = 0; t < rows.length; t++) {
      int query = positions.getAtIndex(ValueLayout.JAVA_INT, part.firstRow() + t);
      rows[t] = SeenSpans.of(pattern, query, window);
    }
    return rows;
  }

  /// Adds rows of one sequence with a span for each, neighbours of equal windows together.
  private static void addRuns(AttentionBatch to, KvSequence sequence, int layer, Span[] spans) {
    for (int from = 0; from < spans.length; ) {
      int end = from;
      int low = Integer.MAX_VALUE;
      int high = 0;
      int row = to.rows();
      while (end < spans.length && spans[end].window() == spans[from].window()) {
        low = Math.min(low, spans[end].from());
        high = Math.max(high, spans[end].to());
        // A causal mask ends where the span does; at -1 nothing is seen.
        to.positions().setAtIndex(ValueLayout.JAVA_INT, row + end - from, spans[end].to() - 1);
        end++;
      }
      to.add(
          sequence,
          end - from,
          PageSelection.ofPositions(sequence, layer, end - from, low, high),
          new Mask(true, spans[from].window(), 0));
      from = end;
    }
  }

  private void mergeAll(
      Layer layer,
      Step.Part part,
      SeenSpans[] seen,
      Function<SeenSpans, List<Span>> which,
      boolean capped) {
    int most = 0;
    for (SeenSpans row : seen) {
      most = Math.max(most, which.apply(row).size());
    }
    for (int index = 0; index < most; index++) {
      List<Span> spans = new ArrayList<>();
      List<Integer> rows = new ArrayList<>();
      for (int t = 0; t < seen.length; t++) {
        if (index < which.apply(seen[t]).size()) {
          spans.add(which.apply(seen[t]).get(index));
          rows.add(part.firstRow() + t);
        }
      }
      Span[] all = spans.toArray(Span[]::new);
      if (capped) {
        try (KvSequence copy = turnedBack(layer, part.sequence(), all)) {
          merge(layer, copy, 0, rows, all);
        }
      } else {
        merge(layer, part.sequence(), layer.index(), rows, all);
      }
    }
  }

  /// Attends to one span of each of some rows, and merges the result into theirs.
  private void merge(Layer layer, KvSequence from, int index, List<Integer> rows, Span[] spans) {
    AttentionShape shape = layer.shape();
    long width = (long) shape.heads() * shape.headDim();
    int[] turns = new int[spans.length];
    MemorySegment q = memory.allocate(4 * width * spans.length, 64);
    for (int i = 0; i < spans.length; i++) {
      MemorySegment.copy(
          layer.q(), 4 * rows.get(i) * layer.qStride(), q, 4L * i * width, 4 * width);
      turns[i] = spans[i].turn();
    }
    rotate(layer, q, width, turns, shape.heads());
    MemorySegment out = memory.allocate(4 * width * spans.length, 64);
    MemorySegment lse = memory.allocate(4L * shape.heads() * spans.length, 64);
    AttentionBatch batch = new AttentionBatch(memory.allocate(4L * spans.length, 64));
    addRuns(batch, from, index, spans);
    attention.attend(batch, index, shape, q, width, out, lse);
    for (int i = 0; i < spans.length; i++) {
      for (int head = 0; head < shape.heads(); head++) {
        long to = (long) rows.get(i) * shape.heads() + head;
        long own = (long) i * shape.heads() + head;
        float merged =
            Merge.weighted(
                layer.out(),
                4 * to * shape.headDim(),
                layer.lse().getAtIndex(ValueLayout.JAVA_FLOAT, to),
                out,
                4 * own * shape.headDim(),
                lse.getAtIndex(ValueLayout.JAVA_FLOAT, own),
                shape.headDim());
        layer.lse().setAtIndex(ValueLayout.JAVA_FLOAT, to, merged);
      }
    }
  }

  private void rotate(Layer layer, MemorySegment x, long stride, int[] turns, int heads) {
    MemorySegment rotations = memory.allocate(4L * turns.length * rotary, 64);
    // What was rotated before has the factor of long contexts already.
    Kernels.rotations(turns, layer.frequencies(), 1, rotations);
    kernels.rope(style, x, stride, rotations, turns.length, heads, layer.shape().headDim(), rotary);
  }

  /// A copy of the entries that the spans cover, its keys turned back to position 0.
  private KvSequence turnedBack(Layer layer, KvSequence of, Span[] spans) {
    int low = Integer.MAX_VALUE;
    int high = 0;
    for (Span span : spans) {
      low = Math.min(low, span.from());
      high = Math.max(high, span.to());
    }
    KvSequence copy = new KvSequence(copies);
    try {
      for (int head = 0; head < layer.shape().kvHeads(); head++) {
        int first = of.entriesBefore(layer.index(), head, low);
        copyHead(layer, of, head, first, of.entriesBefore(layer.index(), head, high), copy);
      }
      return copy;
    } catch (RuntimeException e) {
      copy.close();
      throw e;
    }
  }

  private void copyHead(Layer layer, KvSequence of, int head, int first, int end, KvSequence copy) {
    int count = end - first;
    if (count == 0) {
      return;
    }
    int headDim = layer.shape().headDim();
    long stride = (long) layer.shape().kvHeads() * headDim;
    int[] turns = new int[count];
    MemorySegment k = memory.allocate(4 * stride * count, 64);
    MemorySegment v = memory.allocate(4 * stride * count, 64);
    MemorySegment positions = memory.allocate(4L * count, 64);
    for (int i = 0; i < count; i++) {
      long at = 4 * (i * stride + (long) head * headDim);
      of.read(kernels.backend(), layer.index(), head, first + i, k.asSlice(at), v.asSlice(at));
      int position = of.position(layer.index(), head, first + i);
      positions.setAtIndex(ValueLayout.JAVA_INT, i, position);
      turns[i] = -position;
    }
    rotate(layer, k.asSlice(4L * head * headDim), stride, turns, 1);
    copy.append(kernels.backend(), 0, head, k, v, stride, positions, count);
  }

  @Override
  public void close() {
    copies.close();
    memory.close();
  }
}
