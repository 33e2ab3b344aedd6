package engram.inference.model;

import engram.inference.cache.KvLayout;
import engram.inference.cache.KvSequence;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.KvType;
import engram.inference.model.config.Pooling;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Texts to vectors by a [Decoder], from the states after its final norm.
///
/// Threads: calls take turns.
public final class DecoderEmbedder implements AutoCloseable {
  private static final int ROWS = 512;

  private final Decoder decoder;
  private final PagePool pages;

  /// @param decoder stays the caller's
  public DecoderEmbedder(Decoder decoder) {
    this.decoder = decoder;
    KvLayout layout = decoder.layout(KvType.F16);
    pages = new PagePool(layout, new MemoryBudget(layout.bytes(decoder.contextTokens())));
  }

  /// What a text of so many tokens takes while it is read.
  public long bytes(int tokens) {
    return pages.layout().bytes(tokens);
  }

  /// Gives what is not used back to the system.
  public synchronized void trim() {
    pages.trim();
  }

  /// The vector of one text, `[C]`.
  ///
  /// @throws IllegalArgumentException if the text is empty, or longer than the decoder's context
  public float[] embed(int[] tokens, Pooling pooling, boolean normalize) {
    return embed(tokens, pooling, normalize, decoder.config().layers());
  }

  /// As above, of the states after so many layers, 0 for the embeddings; only the last have passed
  /// the final norm.
  public synchronized float[] embed(int[] tokens, Pooling pooling, boolean normalize, int layer) {
    if (layer < 0 || layer > decoder.config().layers()) {
      throw new IllegalArgumentException(
          "layer " + layer + " not in 0.." + decoder.config().layers());
    }
    if (tokens.length == 0 || tokens.length > decoder.contextTokens()) {
      throw new IllegalArgumentException(
          tokens.length + " tokens, not 1.." + decoder.contextTokens());
    }
    int width = decoder.config().width();
    // Only the mean and the maximum need more than one token's state.
    boolean all = pooling == Pooling.MEAN || pooling == Pooling.MAX;
    int only = pooling == Pooling.FIRST ? 0 : tokens.length - 1;
    try (Arena arena = Arena.ofConfined();
        KvSequence sequence = new KvSequence(pages)) {
      MemorySegment states = arena.allocate(4L * width * (all ? tokens.length : 1), 64);
      for (int from = 0; from < tokens.length; from += ROWS) {
        int end = Math.min(tokens.length, from + ROWS);
        MemorySegment to = states.asSlice(all ? 4L * from * width : 0);
        Step step = new Step().statesOnly();
        step.add(sequence, Arrays.copyOfRange(tokens, from, end), from);
        for (int row = 0; row < end - from; row++) {
          if (all || from + row == only) {
            step.want(row);
          }
        }
        if (layer < decoder.config().layers()) {
          int first = all ? 0 : only - from;
          step.watch(new Inner(layer, first, all ? end - from : 1, width, to));
          decoder.forward(step);
        } else {
          MemorySegment found = decoder.forward(step).states();
          MemorySegment.copy(found, 0, to, 0, found.byteSize());
        }
      }
      return TextVector.of(pooling, normalize, states, 0, all ? tokens.length : 1, width);
    }
  }

  /// Copies rows `first..` of an inner layer's states, those that are in the pass.
  private record Inner(int layer, int first, int count, int width, MemorySegment to)
      implements LayerWatcher {
    @Override
    public void states(int index, MemorySegment states, int rows) {
      if (index == layer && first >= 0 && first + count <= rows) {
        MemorySegment.copy(states, 4L * first * width, to, 0, 4L * count * width);
      }
    }
  }

  /// As [#embed], one after another.
  public List<float[]> embed(List<int[]> texts, Pooling pooling, boolean normalize) {
    List<float[]> vectors = new ArrayList<>();
    for (int[] text : texts) {
      vectors.add(embed(text, pooling, normalize));
    }
    return vectors;
  }

  @Override
  public synchronized void close() {
    pages.close();
  }
}
