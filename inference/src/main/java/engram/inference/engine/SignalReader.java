package engram.inference.engine;

import engram.inference.attention.Attention;
import engram.inference.attention.AttentionBatch;
import engram.inference.attention.AttentionShape;
import engram.inference.cache.KvSequence;
import engram.inference.kernel.PageFormat;
import engram.inference.model.LayerWatcher;
import engram.inference.schedule.AttentionReader;
import engram.inference.schedule.Slice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Measures what policies and readers of attention asked for, layer by layer, as a second pass over
/// the keys with the log-sum-exp of the first.
///
/// Threads: the one that runs the pass.
final class SignalReader implements LayerWatcher {
  private final List<Slice> batch;
  private final List<DecoderModel.Cached> sequences;
  private final Attention attention;
  private final IntFunction<AttentionShape> shapes;

  SignalReader(
      List<Slice> batch,
      List<DecoderModel.Cached> sequences,
      Attention attention,
      IntFunction<AttentionShape> shapes) {
    this.batch = batch;
    this.sequences = sequences;
    this.attention = attention;
    this.shapes = shapes;
  }

  /// Whether somebody asked for anything.
  static boolean wanted(List<Slice> batch, List<DecoderModel.Cached> sequences) {
    return batch.stream().anyMatch(slice -> slice.attention() != null)
        || sequences.stream().anyMatch(sequence -> sequence.cut() != null);
  }

  @Override
  public boolean needsLse(int layer) {
    return true;
  }

  @Override
  public void attended(
      int layer,
      AttentionBatch rows,
      MemorySegment q,
      long qStride,
      @Nullable MemorySegment lse,
      MemorySegment out) {
    if (lse == null) {
      throw new IllegalStateException("the pass kept no log-sum-exp");
    }
    AttentionShape shape = shapes.apply(layer);
    try (Arena arena = Arena.ofConfined()) {
      for (int part = 0; part < batch.size(); part++) {
        Slice slice = batch.get(part);
        KvSequence entries = sequences.get(part).entries();
        int stride = stride(entries, layer, shape.kvHeads());
        int tokens = slice.tokens().length;
        CutCache cut = sequences.get(part).cut();
        int queries = cut == null ? 0 : cut.queriesOf(tokens, slice.endsPrompt());
        AttentionReader reader = slice.attention();
        if (queries == 0 && reader == null) {
          continue;
        }
        MemorySegment shares = arena.allocate(4L * stride * shape.heads(), 64);
        if (cut != null && queries > 0) {
          attention.shares(
              rows, part, layer, shape, q, qStride, lse, tokens - queries, queries, shares, stride);
          float[] all = shares.toArray(ValueLayout.JAVA_FLOAT);
          for (int head = 0; head < shape.kvHeads(); head++) {
            cut.addMass(layer, head, entries.entries(layer, head), all, stride, shape.group());
          }
        }
        if (reader != null) {
          int from = sequences.get(part).length();
          for (int t = Math.max(0, reader.firstQuery() - from); t < tokens; t++) {
            attention.shares(rows, part, layer, shape, q, qStride, lse, t, 1, shares, stride);
            tell(reader, from + t, layer, shape, entries, shares, stride);
          }
        }
      }
    }
  }

  private static int stride(KvSequence entries, int layer, int kvHeads) {
    int pages = 1;
    for (int head = 0; head < kvHeads; head++) {
      pages = Math.max(pages, entries.pages(layer, head));
    }
    return PageFormat.TOKENS * pages;
  }

  private static void tell(
      AttentionReader reader,
      int query,
      int layer,
      AttentionShape shape,
      KvSequence entries,
      MemorySegment shares,
      int stride) {
    for (int head = 0; head < shape.heads(); head++) {
      int[] positions = entries.positions(layer, head / shape.group());
      float[] weights =
          shares.asSlice(4L * head * stride, 4L * positions.length).toArray(ValueLayout.JAVA_FLOAT);
      reader.row(query, layer, head, positions, weights, positions.length);
    }
  }
}
