package engram.inference.model;

import engram.inference.attention.Attention;
import engram.inference.attention.AttentionBatch;
import engram.inference.attention.AttentionShape;
import engram.inference.cache.KvCacheFullException;
import engram.inference.cache.KvLayout;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.Mask;
import engram.inference.kernel.PackedWeights;
import engram.inference.kernel.Projection;
import engram.inference.model.config.AttentionConfig;
import engram.inference.model.config.ModelConfig;
import engram.inference.model.config.RopeConfig;
import engram.inference.model.file.ModelFileException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A loaded model that scores the next token: Llama, Mistral, Qwen 2 and 3, Phi-3 and Gemma layers,
/// as one plan that the [ModelConfig] steers.
///
/// A row's result does not depend on the other rows of a pass, nor on how a prompt was cut into
/// passes, bit for bit.
///
/// Threads: passes take turns; an [Output] belongs to whoever ran the pass until the next one.
public final class Decoder implements AutoCloseable {
  private final ModelConfig config;
  private final RopeConfig rope;
  private final int contextTokens;
  private final Kernels kernels;
  private final Attention attention;
  private final PatternAttention patterns;
  private final Arena arena;
  private final List<LayerWeights> layers;
  private final PackedWeights embedding;
  private final PackedWeights outputWeights;
  private final NormWeights outputNorm;
  private final AttentionShape[] shapes;
  private final long weightBytes;
  private final float[] frequencies;
  private final float[] slidingFrequencies;

  private Scratch scratch;
  private Arena outputArena = Arena.ofShared();
  private MemorySegment picked = MemorySegment.NULL;
  private MemorySegment logits = MemorySegment.NULL;
  private boolean closed;

  private Decoder(
      ModelFile file, RopeConfig rope, int contextTokens, Kernels kernels, Arena arena) {
    config = file.config();
    this.rope = rope;
    this.contextTokens = contextTokens;
    this.kernels = kernels;
    this.arena = arena;
    WeightsLoader loader = new WeightsLoader(file, kernels, arena);
    embedding = loader.table("token_embd.weight", config.vocabulary(), config.width());
    outputWeights =
        config.tiedEmbeddings()
            ? embedding
            : loader.table("output.weight", config.vocabulary(), config.width());
    outputNorm = loader.norm("output_norm", config.width());
    List<LayerWeights> loaded = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      loaded.add(loader.decoderLayer(i));
    }
    layers = List.copyOf(loaded);
    weightBytes = loader.bytes();
    attention = new Attention(kernels.backend(), kernels.pool());
    patterns =
        new PatternAttention(
            kernels, attention, rope.style(), rope.rotary(), layout(KvType.F32), contextTokens);
    shapes = shapes(config);
    frequencies = rope.everywhere().inverseFrequencies(rope.rotary(), contextTokens);
    slidingFrequencies = rope.sliding().inverseFrequencies(rope.rotary(), contextTokens);
    scratch = new Scratch(config, layers, 1);
  }

  /// Packs the weights; the file may be closed afterwards.
  ///
  /// @param contextTokens the longest sequence that will be read; some models' positions depend on
  ///   it
  /// @param kernels stay the caller's
  /// @throws ModelFileException if tensors are missing or of the wrong shape, or it is an encoder
  public static Decoder load(ModelFile file, int contextTokens, Kernels kernels) {
    RopeConfig rope = file.config().rope();
    if (rope == null || !file.config().attention().causal()) {
      throw new ModelFileException(
          file.tensors().file(), file.config().architecture() + " is an encoder, not a decoder");
    }
    if (contextTokens < 1 || contextTokens > ModelConfig.CONTEXT_MAX) {
      throw new IllegalArgumentException(
          "contextTokens " + contextTokens + " not in 1.." + ModelConfig.CONTEXT_MAX);
    }
    Arena arena = Arena.ofShared();
    try {
      return new Decoder(file, rope, contextTokens, kernels, arena);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  static AttentionShape[] shapes(ModelConfig config) {
    AttentionConfig attention = config.attention();
    AttentionShape[] shapes = new AttentionShape[config.layers()];
    for (int i = 0; i < shapes.length; i++) {
      Mask mask = attention.causal() ? new Mask(true, config.window(i), 0) : Mask.BIDIRECTIONAL;
      shapes[i] =
          new AttentionShape(
              attention.heads(),
              attention.kvHeads(),
              attention.headDim(),
              attention.scale(),
              attention.softcap(),
              mask);
    }
    return shapes;
  }

  public ModelConfig config() {
    return config;
  }

  public int contextTokens() {
    return contextTokens;
  }

  /// Memory of the packed weights.
  public long weightBytes() {
    return weightBytes;
  }

  /// What a token leaves in the cache.
  public KvLayout layout(KvType type) {
    return new KvLayout(
        config.layers(), config.attention().kvHeads(), config.attention().headDim(), type);
  }

  /// How a layer attends, for those who recompute its scores.
  public AttentionShape shape(int layer) {
    return shapes[layer];
  }

  /// Reads a step's tokens: afterwards their keys and values are in the sequences' caches.
  ///
  /// @throws KvCacheFullException if a cache has no room; no sequence was changed
  /// @throws IllegalArgumentException if a token is not in the vocabulary, or a position beyond the
  ///   context that was planned for; no sequence was changed
  public synchronized Output forward(Step step) {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
    int rows = step.rows();
    if (rows == 0) {
      throw new IllegalArgumentException("a step without tokens");
    }
    int[] tokens = step.tokens();
    int[] positions = step.positions();
    check(tokens, positions);
    for (Step.Part part : step.parts()) {
      if (!part.sequence().reserve(part.count())) {
        throw new KvCacheFullException(
            part.sequence().pagesNeeded(part.count()), part.sequence().pool());
      }
    }
    AttentionBatch batch = prepare(step, positions);
    kernels.embed(embedding, tokens, scratch.x);
    if (config.embeddingScale() != 1) {
      kernels.add(scratch.x, config.embeddingScale() - 1, scratch.x, (long) rows * config.width());
    }
    LayerWatcher watcher = step.watcher();
    if (watcher != null) {
      watcher.states(0, scratch.x, rows);
    }
    for (int i = 0; i < layers.size(); i++) {
      attend(i, step, batch, rows);
      feedForward(i, rows);
      if (watcher != null) {
        watcher.states(i + 1, scratch.x, rows);
      }
    }
    return output(step);
  }

  private void check(int[] tokens, int[] positions) {
    for (int token : tokens) {
      if (token < 0 || token >= config.vocabulary()) {
        throw new IllegalArgumentException(
            "token " + token + " not in 0.." + (config.vocabulary() - 1));
      }
    }
    for (int position : positions) {
      if (position < 0 || position >= contextTokens) {
        throw new IllegalArgumentException(
            "position "
                + position
                + " not in 0.."
                + (contextTokens - 1)
                + ", the context that was planned for");
      }
    }
  }

  private AttentionBatch prepare(Step step, int[] positions) {
    int rows = positions.length;
    if (scratch.rows < rows) {
      scratch.close();
      scratch = new Scratch(config, layers, rows);
    }
    MemorySegment.copy(positions, 0, scratch.positions, ValueLayout.JAVA_INT, 0, positions.length);
    Kernels.rotations(positions, frequencies, rope.everywhere().magnitude(), scratch.rotations);
    if (!rope.sliding().equals(rope.everywhere())) {
      Kernels.rotations(
          positions, slidingFrequencies, rope.sliding().magnitude(), scratch.slidingRotations);
    }
    AttentionBatch batch = new AttentionBatch(scratch.positions);
    for (Step.Part part : step.parts()) {
      batch.add(part.sequence(), part.count());
    }
    return batch;
  }

  private void attend(int i, Step step, AttentionBatch batch, int rows) {
    LayerWeights layer = layers.get(i);
    Scratch s = scratch;
    AttentionConfig heads = config.attention();
    rmsNorm(layer.attentionNorm(), s.x, s.h, rows);
    kernels.matmul(s.attentionInputs[i], s.h, rows);
    normHeads(layer.queryNorm(), s.query, heads.heads(), rows);
    normHeads(layer.keyNorm(), s.key, heads.kvHeads(), rows);
    rotate(i, s.query, heads.heads(), rows);
    rotate(i, s.key, heads.kvHeads(), rows);
    for (Step.Part part : step.parts()) {
      long offset = 4L * part.firstRow() * s.qkvStride;
      part.sequence()
          .append(
              kernels.backend(),
              i,
              s.key.asSlice(offset),
              s.value.asSlice(offset),
              s.qkvStride,
              s.positions.asSlice(4L * part.firstRow()),
              part.count());
    }
    scores(i, step, batch);
    kernels.matmul(
        new Projection[] {layer.attentionOutput().to(s.h, config.width())}, s.attended, rows);
    if (layer.postAttentionNorm() != null) {
      rmsNorm(layer.postAttentionNorm(), s.h, s.h, rows);
    }
    kernels.add(s.h, s.x, (long) rows * config.width());
  }

  private void scores(int i, Step step, AttentionBatch batch) {
    Scratch s = scratch;
    LayerWatcher watcher = step.watcher();
    MemorySegment lse = watcher != null && watcher.needsLse(i) ? s.lse : null;
    if (watcher != null) {
      watcher.attending(i, batch, s.query, s.qkvStride);
    }
    if (step.hasPatterns()) {
      float[] turning = turnsApart(i) ? slidingFrequencies : frequencies;
      patterns.attend(
          new PatternAttention.Layer(
              i, shapes[i], turning, s.query, s.qkvStride, s.attended, s.lse),
          step.parts(),
          batch);
    } else {
      attention.attend(batch, i, shapes[i], s.query, s.qkvStride, s.attended, lse);
    }
    if (watcher != null) {
      watcher.attended(i, batch, s.query, s.qkvStride, lse, s.attended);
      for (int part = 0; part < step.parts().size(); part++) {
        batch.select(part, null);
      }
    }
  }

  private void feedForward(int i, int rows) {
    LayerWeights layer = layers.get(i);
    Scratch s = scratch;
    int inner = config.feedForwardWidth();
    rmsNorm(layer.feedForwardNorm(), s.x, s.h, rows);
    kernels.matmul(s.feedForwardInputs[i], s.h, rows);
    kernels.gate(config.activation(), s.gate, s.up, s.innerStride, s.activated, inner, rows, inner);
    kernels.matmul(new Projection[] {layer.down().to(s.h, config.width())}, s.activated, rows);
    if (layer.postFeedForwardNorm() != null) {
      rmsNorm(layer.postFeedForwardNorm(), s.h, s.h, rows);
    }
    kernels.add(s.h, s.x, (long) rows * config.width());
  }

  private void rmsNorm(@Nullable NormWeights norm, MemorySegment x, MemorySegment y, int rows) {
    if (norm != null) {
      kernels.rmsNorm(x, norm.weight(), y, rows, config.width(), config.norm().epsilon());
    }
  }

  private void normHeads(@Nullable NormWeights norm, MemorySegment x, int heads, int rows) {
    if (norm == null) {
      return;
    }
    int headDim = config.attention().headDim();
    float epsilon = config.norm().epsilon();
    long stride = scratch.qkvStride;
    if (rows == 1) {
      kernels.rmsNorm(x, headDim, norm.weight(), x, headDim, heads, headDim, epsilon);
      return;
    }
    for (int head = 0; head < heads; head++) {
      MemorySegment of = x.asSlice(4L * head * headDim);
      kernels.rmsNorm(of, stride, norm.weight(), of, stride, rows, headDim, epsilon);
    }
  }

  private void rotate(int layer, MemorySegment x, int heads, int rows) {
    kernels.rope(
        rope.style(),
        x,
        scratch.qkvStride,
        turnsApart(layer) ? scratch.slidingRotations : scratch.rotations,
        rows,
        heads,
        config.attention().headDim(),
        rope.rotary());
  }

  /// Whether a layer has rotations of its own.
  private boolean turnsApart(int layer) {
    return config.window(layer) > 0 && !rope.sliding().equals(rope.everywhere());
  }

  private Output output(Step step) {
    int count = step.wantedCount();
    int width = config.width();
    int vocabulary = config.vocabulary();
    boolean scores = step.needsLogits() && count > 0;
    reserve(4L * count * width, scores ? 4L * count * vocabulary : 0);
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(
          scratch.x, 4L * step.wanted(i) * width, picked, 4L * i * width, 4L * width);
    }
    if (count > 0) {
      rmsNorm(outputNorm, picked, picked, count);
    }
    if (scores) {
      kernels.matmul(outputWeights, picked, logits, count);
      if (config.logitSoftcap() > 0) {
        kernels.softcap(logits, config.logitSoftcap(), (long) count * vocabulary);
      }
    }
    return new Output(
        logits.asSlice(0, scores ? 4L * count * vocabulary : 0),
        picked.asSlice(0, 4L * count * width),
        vocabulary,
        width);
  }

  private void reserve(long stateBytes, long logitBytes) {
    if (picked.byteSize() < stateBytes || logits.byteSize() < logitBytes) {
      long states = Math.max(stateBytes, picked.byteSize());
      long scores = Math.max(logitBytes, logits.byteSize());
      outputArena.close();
      outputArena = Arena.ofShared();
      picked = outputArena.allocate(states, 64);
      logits = outputArena.allocate(scores, 64);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      patterns.close();
      attention.close();
      scratch.close();
      outputArena.close();
      arena.close();
    }
  }
}
