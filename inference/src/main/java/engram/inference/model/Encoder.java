package engram.inference.model;

import engram.inference.attention.Attention;
import engram.inference.attention.AttentionBatch;
import engram.inference.attention.AttentionShape;
import engram.inference.cache.KvLayout;
import engram.inference.cache.KvSequence;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Activation;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.PackedWeights;
import engram.inference.kernel.PageFormat;
import engram.inference.kernel.Projection;
import engram.inference.model.config.EncoderConfig;
import engram.inference.model.config.ModelConfig;
import engram.inference.model.config.Pooling;
import engram.inference.model.file.ModelFileException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A loaded BERT, RoBERTa or XLM-R: texts to vectors, or pairs of texts to scores.
///
/// A text's result does not depend on the other texts of a call. Threads: calls take turns.
public final class Encoder implements AutoCloseable {
  /// Rows of one pass; a longer text is a pass of its own.
  private static final int ROWS = 2048;

  private static final int TEXTS = 64;

  /// A text, or two that a token type tells apart.
  public static final class Input {
    private final int[] tokens;
    private final int[] types;

    /// @param types segment of each token
    public Input(int[] tokens, int[] types) {
      if (tokens.length == 0 || tokens.length != types.length) {
        throw new IllegalArgumentException(
            tokens.length + " tokens with " + types.length + " types");
      }
      this.tokens = tokens.clone();
      this.types = types.clone();
    }

    /// One segment.
    public Input(int[] tokens) {
      this(tokens, new int[tokens.length]);
    }

    int size() {
      return tokens.length;
    }
  }

  private final ModelConfig config;
  private final Kernels kernels;
  private final Attention attention;
  private final Arena arena;
  private final List<LayerWeights> layers;
  private final PackedWeights embedding;
  private final MemorySegment positionRows;
  private final @Nullable MemorySegment typeRows;
  private final NormWeights embeddingNorm;
  private final @Nullable Matrix head;
  private final @Nullable Matrix labels;
  private final AttentionShape shape;
  private final PagePool pages;
  private final long weightBytes;
  private Scratch scratch;
  private boolean closed;

  private Encoder(ModelFile file, Kernels kernels, Arena arena) {
    config = file.config();
    this.kernels = kernels;
    this.arena = arena;
    EncoderConfig encoder = config.encoder();
    int width = config.width();
    WeightsLoader loader = new WeightsLoader(file, kernels, arena);
    embedding = loader.table("token_embd.weight", config.vocabulary(), width);
    positionRows = loader.rows("position_embd.weight", encoder.positions(), width);
    typeRows =
        encoder.types() == 0 ? null : loader.rows("token_types.weight", encoder.types(), width);
    embeddingNorm = loader.norm("token_embd_norm", width);
    List<LayerWeights> loaded = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      loaded.add(loader.encoderLayer(i));
    }
    layers = List.copyOf(loaded);
    boolean deep = loader.has("cls.output.weight");
    String last = deep ? "cls.output" : "cls";
    labels = encoder.labels() == 0 ? null : loader.matrix(last, encoder.labels(), width, true);
    head = deep && loader.has("cls.weight") ? loader.matrix("cls", width, width, true) : null;
    weightBytes = loader.bytes();
    attention = new Attention(kernels.backend(), kernels.pool());
    shape = Decoder.shapes(config)[0];
    // Keys and values of one layer at a time.
    KvLayout layout =
        new KvLayout(1, config.attention().kvHeads(), config.attention().headDim(), KvType.F32);
    long tokens = Math.max(ROWS, config.contextWindow()) + (long) TEXTS * PageFormat.TOKENS;
    pages = new PagePool(layout, new MemoryBudget(layout.bytes(tokens)));
    scratch = new Scratch(config, layers, 1);
  }

  /// Packs the weights; the file may be closed afterwards.
  ///
  /// @param kernels stay the caller's
  /// @throws ModelFileException if tensors are missing or of the wrong shape, or it is a decoder
  public static Encoder load(ModelFile file, Kernels kernels) {
    if (!file.config().architecture().encoder()) {
      throw new ModelFileException(
          file.tensors().file(), file.config().architecture() + " is a decoder, not an encoder");
    }
    Arena arena = Arena.ofShared();
    try {
      return new Encoder(file, kernels, arena);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  public ModelConfig config() {
    return config;
  }

  /// Memory of the packed weights.
  public long weightBytes() {
    return weightBytes;
  }

  /// One vector for each text, `[C]`, of the final states.
  public List<float[]> embed(List<Input> texts, Pooling pooling, boolean normalize) {
    return embed(texts, pooling, normalize, config.layers());
  }

  /// As above, of the states after so many layers; 0 for the embeddings.
  public synchronized List<float[]> embed(
      List<Input> texts, Pooling pooling, boolean normalize, int layer) {
    if (layer < 0 || layer > config.layers()) {
      throw new IllegalArgumentException("layer " + layer + " not in 0.." + config.layers());
    }
    List<float[]> vectors = new ArrayList<>();
    for (List<Input> group : groups(texts)) {
      read(group, layer);
      int first = 0;
      for (Input text : group) {
        int count = text.size();
        vectors.add(TextVector.of(pooling, normalize, scratch.x, first, count, config.width()));
        first += count;
      }
    }
    return vectors;
  }

  /// The classifier's scores for each text (or pair), `[labels]`: of a reranker one, which grows
  /// with relevance.
  ///
  /// @throws IllegalStateException if the model has no classifier
  public synchronized List<float[]> classify(List<Input> texts) {
    Matrix output = labels;
    if (output == null) {
      throw new IllegalStateException("the model has no classifier");
    }
    List<float[]> scores = new ArrayList<>();
    for (List<Input> group : groups(texts)) {
      read(group, config.layers());
      classify(group, output, scores);
    }
    return scores;
  }

  private void classify(List<Input> group, Matrix output, List<float[]> scores) {
    int width = config.width();
    int count = group.size();
    int labelCount = output.weights().rows();
    int first = 0;
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(scratch.x, 4L * first * width, scratch.h, 4L * i * width, 4L * width);
      first += group.get(i).size();
    }
    try (Arena call = Arena.ofConfined()) {
      MemorySegment states = scratch.h;
      if (head != null) {
        states = call.allocate(4L * count * width, 64);
        kernels.matmul(new Projection[] {head.to(states, width)}, scratch.h, count);
        kernels.activate(Activation.TANH, states, states, (long) count * width);
      }
      MemorySegment logits = call.allocate(4L * count * labelCount, 64);
      kernels.matmul(new Projection[] {output.to(logits, labelCount)}, states, count);
      for (int i = 0; i < count; i++) {
        scores.add(
            logits.asSlice(4L * i * labelCount, 4L * labelCount).toArray(ValueLayout.JAVA_FLOAT));
      }
    }
  }

  private List<List<Input>> groups(List<Input> texts) {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
    List<List<Input>> groups = new ArrayList<>();
    List<Input> group = new ArrayList<>();
    int rows = 0;
    for (Input text : texts) {
      check(text);
      if (!group.isEmpty() && (rows + text.size() > ROWS || group.size() == TEXTS)) {
        groups.add(group);
        group = new ArrayList<>();
        rows = 0;
      }
      group.add(text);
      rows += text.size();
    }
    if (!group.isEmpty()) {
      groups.add(group);
    }
    return groups;
  }

  private void check(Input text) {
    if (text.size() > config.contextWindow()) {
      throw new IllegalArgumentException(
          text.size() + " tokens, more than the model's " + config.contextWindow());
    }
    for (int i = 0; i < text.size(); i++) {
      int token = text.tokens[i];
      int type = text.types[i];
      if (token < 0 || token >= config.vocabulary()) {
        throw new IllegalArgumentException(
            "token " + token + " not in 0.." + (config.vocabulary() - 1));
      }
      if (type < 0 || type >= Math.max(1, config.encoder().types())) {
        throw new IllegalArgumentException(
            "type " + type + " not in 0.." + (Math.max(1, config.encoder().types()) - 1));
      }
    }
  }

  /// The states of all tokens of all texts after so many layers, to `scratch.x`.
  private void read(List<Input> texts, int layerCount) {
    int rows = texts.stream().mapToInt(Input::size).sum();
    if (scratch.rows < rows) {
      scratch.close();
      scratch = new Scratch(config, layers, rows);
    }
    embedTokens(texts, rows);
    AttentionBatch batch = new AttentionBatch(scratch.positions);
    List<KvSequence> sequences = new ArrayList<>();
    try {
      for (Input text : texts) {
        KvSequence sequence = new KvSequence(pages);
        sequences.add(sequence);
        batch.add(sequence, text.size());
      }
      for (int i = 0; i < layerCount; i++) {
        layer(i, texts, sequences, batch, rows);
      }
    } finally {
      sequences.forEach(KvSequence::close);
    }
  }

  private void embedTokens(List<Input> texts, int rows) {
    int width = config.width();
    int[] tokens = new int[rows];
    int row = 0;
    for (Input text : texts) {
      for (int i = 0; i < text.size(); i++) {
        tokens[row] = text.tokens[i];
        scratch.positions.setAtIndex(ValueLayout.JAVA_INT, row, i);
        row++;
      }
    }
    kernels.embed(embedding, tokens, scratch.x);
    row = 0;
    for (Input text : texts) {
      for (int i = 0; i < text.size(); i++) {
        MemorySegment state = scratch.x.asSlice(4L * row * width, 4L * width);
        long position = (long) config.encoder().firstPosition() + i;
        kernels.add(positionRows.asSlice(4 * position * width, 4L * width), state, width);
        if (typeRows != null) {
          kernels.add(typeRows.asSlice(4L * text.types[i] * width, 4L * width), state, width);
        }
        row++;
      }
    }
    norm(embeddingNorm, rows);
  }

  private void layer(
      int i, List<Input> texts, List<KvSequence> sequences, AttentionBatch batch, int rows) {
    Scratch s = scratch;
    LayerWeights layer = layers.get(i);
    int width = config.width();
    kernels.matmul(s.attentionInputs[i], s.x, rows);
    int first = 0;
    for (int t = 0; t < sequences.size(); t++) {
      int count = texts.get(t).size();
      long offset = 4L * first * s.qkvStride;
      KvSequence sequence = sequences.get(t);
      sequence.truncate(0);
      sequence.append(
          kernels.backend(),
          0,
          s.key.asSlice(offset),
          s.value.asSlice(offset),
          s.qkvStride,
          s.positions.asSlice(4L * first),
          count);
      first += count;
    }
    attention.attend(batch, 0, shape, s.query, s.qkvStride, s.attended, null);
    kernels.matmul(new Projection[] {layer.attentionOutput().to(s.h, width)}, s.attended, rows);
    kernels.add(s.h, s.x, (long) rows * width);
    norm(layer.postAttentionNorm(), rows);
    kernels.matmul(s.feedForwardInputs[i], s.x, rows);
    kernels.activate(
        config.activation(), s.activated, s.activated, (long) rows * config.feedForwardWidth());
    kernels.matmul(new Projection[] {layer.down().to(s.h, width)}, s.activated, rows);
    kernels.add(s.h, s.x, (long) rows * width);
    norm(layer.postFeedForwardNorm(), rows);
  }

  private void norm(@Nullable NormWeights norm, int rows) {
    if (norm != null && norm.bias() != null) {
      kernels.layerNorm(
          scratch.x,
          norm.weight(),
          norm.bias(),
          scratch.x,
          rows,
          config.width(),
          config.norm().epsilon());
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      attention.close();
      scratch.close();
      pages.close();
      arena.close();
    }
  }
}
