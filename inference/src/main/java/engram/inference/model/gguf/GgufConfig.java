package engram.inference.model.gguf;

import engram.inference.kernel.Activation;
import engram.inference.kernel.RopeStyle;
import engram.inference.model.config.Architecture;
import engram.inference.model.config.AttentionConfig;
import engram.inference.model.config.EncoderConfig;
import engram.inference.model.config.ModelConfig;
import engram.inference.model.config.NormConfig;
import engram.inference.model.config.Pooling;
import engram.inference.model.config.RopeConfig;
import engram.inference.model.config.RopeScaling;
import engram.inference.model.config.RopeTable;
import engram.inference.model.config.SpecialTokens;
import engram.inference.model.file.ModelFileException;
import engram.inference.model.file.Tensors;
import engram.inference.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// From GGUF metadata to a [ModelConfig].
///
/// Two traps: files of the Llama family have the rows of queries and keys permuted so that
/// neighbours turn together ([RopeStyle#PAIRS]), and Gemma's norms have their 1 added already.
public final class GgufConfig {
  private static final int GEMMA2_27B_LAYERS = 46;
  private static final int GEMMA3_27B_LAYERS = 62;

  private final GgufMetadata metadata;
  private final Tensors tensors;
  private final String prefix;
  private final Architecture architecture;
  private final int layers;
  private final int width;
  private final int heads;
  private final int headDim;

  private GgufConfig(GgufMetadata metadata, Tensors tensors) {
    this.metadata = metadata;
    this.tensors = tensors;
    prefix = metadata.requireString("general.architecture");
    architecture = architecture();
    layers = metadata.requireInteger(key("block_count"), 1, ModelConfig.LAYERS_MAX);
    width = metadata.requireInteger(key("embedding_length"), 1, ModelConfig.WIDTH_MAX);
    heads = metadata.requireInteger(key("attention.head_count"), 1, ModelConfig.HEADS_MAX);
    headDim =
        metadata.integer(key("attention.key_length"), 1, ModelConfig.WIDTH_MAX, width / heads);
  }

  /// @throws ModelFileException if a setting is missing, of another type or out of its range, or
  ///   the architecture is not supported
  public static ModelConfig of(GgufFile file) {
    GgufConfig reader = new GgufConfig(file.metadata(), file.tensors());
    try {
      return reader.config();
    } catch (IllegalArgumentException e) {
      throw new ModelFileException(file.metadata().file(), String.valueOf(e.getMessage()), e);
    }
  }

  private Architecture architecture() {
    return switch (prefix) {
      case "llama" -> Architecture.LLAMA;
      case "mistral" -> Architecture.MISTRAL;
      case "qwen2" -> Architecture.QWEN2;
      case "qwen3" -> Architecture.QWEN3;
      case "phi3" -> Architecture.PHI3;
      case "gemma" -> Architecture.GEMMA;
      case "gemma2" -> Architecture.GEMMA2;
      case "gemma3" -> Architecture.GEMMA3;
      case "bert" -> Architecture.BERT;
      default ->
          throw metadata.wrong(
              "has the architecture "
                  + prefix
                  + "; supported are llama, mistral, qwen2, qwen3, phi3, gemma, gemma2, gemma3, bert");
    };
  }

  private ModelConfig config() {
    if (architecture == Architecture.LLAMA
        && metadata.integer("llama.expert_count", 0, 1 << 16, 0) > 0) {
      throw metadata.wrong("has experts, which are not supported");
    }
    boolean encoder = architecture.encoder();
    double epsilon =
        metadata.number(
            key(encoder ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon"),
            encoder ? 1e-12 : 1e-5);
    return new ModelConfig(
        architecture,
        layers,
        width,
        metadata.requireInteger(key("feed_forward_length"), 1, ModelConfig.WIDTH_MAX),
        vocabulary(),
        metadata.requireInteger(key("context_length"), 1, ModelConfig.CONTEXT_MAX),
        attention(),
        encoder ? null : rope(),
        new NormConfig(
            encoder ? NormConfig.Kind.LAYER : NormConfig.Kind.RMS, (float) epsilon, false),
        architecture.gemma() ? Activation.GELU_TANH : encoder ? Activation.GELU : Activation.SILU,
        tensors.has("blk.0.ffn_down.bias"),
        !encoder && !tensors.has("output.weight"),
        architecture.gemma() ? (float) Math.sqrt(width) : 1,
        (float) metadata.number(key("final_logit_softcapping"), gemma2Default(30)),
        encoder(),
        tokens());
  }

  private double gemma2Default(double value) {
    return architecture == Architecture.GEMMA2 ? value : 0;
  }

  private int vocabulary() {
    Tensor embedding = tensors.find("token_embd.weight");
    if (embedding == null) {
      throw metadata.wrong("has no tensor token_embd.weight: it is a vocabulary without a model");
    }
    return (int) Math.min(embedding.rows(), Integer.MAX_VALUE);
  }

  private AttentionConfig attention() {
    int kvHeads = metadata.integer(key("attention.head_count_kv"), 1, ModelConfig.HEADS_MAX, heads);
    int valueLength =
        metadata.integer(key("attention.value_length"), 1, ModelConfig.WIDTH_MAX, headDim);
    if (valueLength != headDim) {
      throw metadata.wrong("has keys of " + headDim + " and values of " + valueLength);
    }
    boolean encoder = architecture.encoder();
    return new AttentionConfig(
        heads,
        kvHeads,
        headDim,
        (float) scale(),
        (float) metadata.number(key("attn_logit_softcapping"), gemma2Default(50)),
        windows(),
        !encoder && !Boolean.FALSE.equals(metadata.bool(key("attention.causal"))),
        tensors.has("blk.0.attn_q.bias") || tensors.has("blk.0.attn_qkv.bias"),
        tensors.has("blk.0.attn_output.bias"));
  }

  /// Only newer files say it; the largest Gemmas use the width by heads where others use a head's.
  private double scale() {
    boolean byWidth =
        (architecture == Architecture.GEMMA2 && layers == GEMMA2_27B_LAYERS)
            || (architecture == Architecture.GEMMA3 && layers == GEMMA3_27B_LAYERS);
    double usual = 1 / Math.sqrt(byWidth ? (double) width / heads : headDim);
    double scale = metadata.number(key("attention.scale"), usual);
    return scale == 0 ? usual : scale;
  }

  private List<Integer> windows() {
    int window =
        metadata.integer(
            key("attention.sliding_window"),
            0,
            Integer.MAX_VALUE,
            architecture == Architecture.GEMMA2 ? 4096 : 0);
    Object pattern = metadata.values().get(key("attention.sliding_window_pattern"));
    if (pattern instanceof boolean[] slides && slides.length != layers) {
      throw metadata.wrong(
          "says of " + slides.length + " layers whether they slide, not " + layers);
    }
    int every =
        pattern instanceof Long each && each > 0 && each < 1024 ? each.intValue() : period();
    List<Integer> windows = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      boolean slides =
          pattern instanceof boolean[] list ? list[layer] : every == 1 || (layer + 1) % every != 0;
      windows.add(slides ? window : 0);
    }
    return windows;
  }

  /// Of so many layers the last sees everything; 1: none does.
  private int period() {
    return switch (architecture) {
      case GEMMA2 -> 2;
      case GEMMA3 -> 6;
      case LLAMA, MISTRAL, QWEN2, QWEN3, PHI3, GEMMA, BERT, ROBERTA -> 1;
    };
  }

  private RopeConfig rope() {
    int rotary = metadata.integer(key("rope.dimension_count"), 2, ModelConfig.WIDTH_MAX, headDim);
    // One multimodal rope aside, files say the dimensions of a whole head here.
    RopeStyle style =
        architecture == Architecture.LLAMA || architecture == Architecture.MISTRAL
            ? RopeStyle.PAIRS
            : RopeStyle.HALVES;
    RopeTable everywhere =
        new RopeTable(metadata.number(key("rope.freq_base"), defaultBase()), scaling());
    RopeTable sliding =
        architecture == Architecture.GEMMA3
            ? new RopeTable(
                metadata.number(key("rope.freq_base_swa"), 10_000), new RopeScaling.None())
            : everywhere;
    return new RopeConfig(style, rotary, everywhere, sliding);
  }

  private double defaultBase() {
    return architecture == Architecture.GEMMA3 ? 1_000_000 : 10_000;
  }

  private RopeScaling scaling() {
    Tensor longFactors = tensors.find("rope_factors_long.weight");
    Tensor shortFactors = tensors.find("rope_factors_short.weight");
    int trained =
        metadata.integer(
            key("rope.scaling.original_context_length"),
            1,
            ModelConfig.CONTEXT_MAX,
            metadata.requireInteger(key("context_length"), 1, ModelConfig.CONTEXT_MAX));
    double attention = metadata.number(key("rope.scaling.attn_factor"), 1);
    if (longFactors != null && shortFactors != null) {
      return new RopeScaling.LongRope(
          factors(shortFactors), factors(longFactors), trained, attention);
    }
    Tensor factors = tensors.find("rope_freqs.weight");
    if (factors != null) {
      return new RopeScaling.Factors(factors(factors));
    }
    String type = metadata.string(key("rope.scaling.type"));
    double factor =
        metadata.number(key("rope.scaling.factor"), metadata.number(key("rope.scale_linear"), 1));
    return switch (type == null ? (factor == 1 ? "none" : "linear") : type) {
      case "none", "longrope" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(factor);
      case "yarn" ->
          new RopeScaling.Yarn(
              factor,
              trained,
              metadata.number(key("rope.scaling.yarn_beta_fast"), 32),
              metadata.number(key("rope.scaling.yarn_beta_slow"), 1),
              true,
              attention * RopeScaling.Yarn.usualMagnitude(factor));
      default -> throw metadata.wrong("has the rope scaling " + type + ", which is not supported");
    };
  }

  private static List<Float> factors(Tensor tensor) {
    List<Float> factors = new ArrayList<>();
    if (tensor.elements() > ModelConfig.WIDTH_MAX) {
      throw new IllegalArgumentException(tensor.name() + " has " + tensor.elements() + " elements");
    }
    for (float factor : tensor.toFloats()) {
      factors.add(factor);
    }
    return factors;
  }

  private EncoderConfig encoder() {
    Tensor positions = tensors.find("position_embd.weight");
    Tensor types = tensors.find("token_types.weight");
    Tensor label = tensors.find("cls.output.weight");
    if (label == null) {
      label = tensors.find("cls.weight");
    }
    return new EncoderConfig(
        positions == null ? 0 : (int) Math.min(positions.rows(), ModelConfig.CONTEXT_MAX),
        // The converter cut off the rows before the first token's.
        0,
        types == null ? 0 : (int) Math.min(types.rows(), 1024),
        label == null ? 0 : (int) Math.min(label.rows(), ModelConfig.VOCABULARY_MAX),
        pooling(),
        null);
  }

  private @Nullable Pooling pooling() {
    return switch (metadata.integer(key("pooling_type"), 0, 4, 0)) {
      case 1 -> Pooling.MEAN;
      case 2 -> Pooling.FIRST;
      case 3 -> Pooling.LAST;
      default -> null;
    };
  }

  private SpecialTokens tokens() {
    List<Integer> ends = new ArrayList<>();
    for (String name : List.of("eos", "eot", "eom")) {
      Integer id = token(name);
      if (id != null && !ends.contains(id)) {
        ends.add(id);
      }
    }
    return new SpecialTokens(token("bos"), ends, token("padding"));
  }

  private @Nullable Integer token(String name) {
    return metadata.integer("tokenizer.ggml." + name + "_token_id", 0, ModelConfig.VOCABULARY_MAX);
  }

  private String key(String name) {
    return prefix + "." + name;
  }
}
