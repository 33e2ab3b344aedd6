package engram.inference.model.config;

import engram.inference.kernel.Activation;
import org.jspecify.annotations.Nullable;

/// A model's sizes and kinds, from GGUF metadata or from a Hugging Face `config.json`.
///
/// @param width of a token's state, `C`
/// @param feedForwardWidth between the two (or three) projections of a feed-forward block
/// @param vocabulary rows of the embedding, `V`
/// @param contextWindow tokens that the model was made for, scaling included
/// @param rope null where positions are learned
/// @param feedForwardBias the feed-forward projections have biases
/// @param tiedEmbeddings the output matrix is the embedding
/// @param embeddingScale factor on embeddings
/// @param logitSoftcap scores become `cap tanh(s / cap)`; 0: they stay
public record ModelConfig(
    Architecture architecture,
    int layers,
    int width,
    int feedForwardWidth,
    int vocabulary,
    int contextWindow,
    AttentionConfig attention,
    @Nullable RopeConfig rope,
    NormConfig norm,
    Activation activation,
    boolean feedForwardBias,
    boolean tiedEmbeddings,
    float embeddingScale,
    float logitSoftcap,
    EncoderConfig encoder,
    SpecialTokens tokens) {
  public static final int LAYERS_MAX = 1024;
  public static final int HEADS_MAX = 1024;
  public static final int WIDTH_MAX = 1 << 20;
  public static final int VOCABULARY_MAX = 1 << 22;
  public static final int CONTEXT_MAX = 1 << 28;

  public ModelConfig {
    range("layers", layers, LAYERS_MAX);
    range("width", width, WIDTH_MAX);
    range("feed-forward width", feedForwardWidth, WIDTH_MAX);
    range("vocabulary", vocabulary, VOCABULARY_MAX);
    range("context window", contextWindow, CONTEXT_MAX);
    range("heads", attention.heads(), HEADS_MAX);
    range("heads times their width", (long) attention.heads() * attention.headDim(), WIDTH_MAX);
    if (attention.windows().size() != layers) {
      throw new IllegalArgumentException(
          attention.windows().size() + " windows for " + layers + " layers");
    }
    if (rope != null && rope.rotary() > attention.headDim()) {
      throw new IllegalArgumentException(
          rope.rotary() + " turning numbers in heads of " + attention.headDim());
    }
    if (!(embeddingScale > 0) || !(logitSoftcap >= 0)) {
      throw new IllegalArgumentException(
          "embedding scale " + embeddingScale + ", logit softcap " + logitSoftcap);
    }
  }

  private static void range(String what, long value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(what + " " + value + " not in 1.." + most);
    }
  }

  /// How many tokens back a layer's tokens see, themselves included; 0: all.
  public int window(int layer) {
    return attention.windows().get(layer);
  }

  /// The same model with what a folder beside its weights says of embedding.
  public ModelConfig withEncoder(EncoderConfig encoder) {
    return new ModelConfig(
        architecture,
        layers,
        width,
        feedForwardWidth,
        vocabulary,
        contextWindow,
        attention,
        rope,
        norm,
        activation,
        feedForwardBias,
        tiedEmbeddings,
        embeddingScale,
        logitSoftcap,
        encoder,
        tokens);
  }
}
