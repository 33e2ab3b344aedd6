package engram.inference.model.safetensors;

import engram.inference.kernel.Activation;
import engram.inference.kernel.RopeStyle;
import engram.inference.model.config.Architecture;
import engram.inference.model.config.AttentionConfig;
import engram.inference.model.config.EncoderConfig;
import engram.inference.model.config.ModelConfig;
import engram.inference.model.config.NormConfig;
import engram.inference.model.config.RopeConfig;
import engram.inference.model.config.SpecialTokens;
import engram.inference.model.file.ModelFileException;
import engram.inference.model.file.Tensors;
import engram.inference.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// From `config.json`, `generation_config.json` and the sentence-transformers files beside them to
/// a [ModelConfig].
///
/// Absent settings have the defaults that transformers gives them. Both spellings of rotary
/// settings are read: `rope_theta` with `rope_scaling`, and version 5's `rope_parameters`.
final class HuggingFaceConfig {
  private final Path folder;
  private final Json json;
  private final Architecture architecture;
  private final int layers;
  private final int width;
  private final int heads;
  private final int headDim;

  private HuggingFaceConfig(Path folder, Json json) {
    this.folder = folder;
    this.json = json;
    architecture = architecture(json);
    layers = json.requireInteger("num_hidden_layers", 1, ModelConfig.LAYERS_MAX);
    width = json.requireInteger("hidden_size", 1, ModelConfig.WIDTH_MAX);
    heads = json.requireInteger("num_attention_heads", 1, ModelConfig.HEADS_MAX);
    headDim = json.integer("head_dim", 1, ModelConfig.WIDTH_MAX, usualHeadDim());
  }

  static ModelConfig read(Path folder) {
    Path file = folder.resolve("config.json");
    Json json = Json.read(file);
    Json text = json.child("text_config");
    try {
      return new HuggingFaceConfig(folder, text == null ? json : text).config();
    } catch (IllegalArgumentException e) {
      throw new ModelFileException(file, String.valueOf(e.getMessage()), e);
    }
  }

  /// What only the tensors say: how many labels a classifier really has.
  static ModelConfig completed(ModelConfig config, Tensors tensors) {
    Tensor labels = tensors.find("cls.output.weight");
    EncoderConfig encoder = config.encoder();
    int count = labels == null ? 0 : (int) Math.min(labels.rows(), ModelConfig.VOCABULARY_MAX);
    return config.withEncoder(
        new EncoderConfig(
            encoder.positions(),
            encoder.firstPosition(),
            encoder.types(),
            count,
            encoder.pooling(),
            encoder.normalize()));
  }

  private static Architecture architecture(Json json) {
    String type = json.string("model_type", "");
    return switch (type) {
      case "llama" -> Architecture.LLAMA;
      case "mistral" -> Architecture.MISTRAL;
      case "qwen2" -> Architecture.QWEN2;
      case "qwen3" -> Architecture.QWEN3;
      case "phi3" -> Architecture.PHI3;
      case "gemma" -> Architecture.GEMMA;
      case "gemma2" -> Architecture.GEMMA2;
      case "gemma3_text" -> Architecture.GEMMA3;
      case "bert" -> Architecture.BERT;
      case "roberta", "xlm-roberta" -> Architecture.ROBERTA;
      default ->
          throw json.wrong(
              "has the model_type \""
                  + type
                  + "\"; supported are llama, mistral, qwen2, qwen3,"
                  + " phi3, gemma, gemma2, gemma3_text, bert, roberta, xlm-roberta");
    };
  }

  private int usualHeadDim() {
    return switch (architecture) {
      case GEMMA, GEMMA2, GEMMA3 -> 256;
      case QWEN3 -> 128;
      case LLAMA, MISTRAL, QWEN2, PHI3, BERT, ROBERTA -> width / heads;
    };
  }

  private ModelConfig config() {
    boolean encoder = architecture.encoder();
    boolean gemma = architecture.gemma();
    return new ModelConfig(
        architecture,
        layers,
        width,
        json.requireInteger("intermediate_size", 1, ModelConfig.WIDTH_MAX),
        json.requireInteger("vocab_size", 1, ModelConfig.VOCABULARY_MAX),
        contextWindow(),
        attention(),
        encoder ? null : rope(),
        new NormConfig(
            encoder ? NormConfig.Kind.LAYER : NormConfig.Kind.RMS,
            (float)
                (encoder
                    ? json.number("layer_norm_eps", 1e-12)
                    : json.number("rms_norm_eps", architecture == Architecture.PHI3 ? 1e-5 : 1e-6)),
            gemma),
        activation(),
        encoder || json.bool("mlp_bias", false),
        !encoder && json.bool("tie_word_embeddings", gemma),
        gemma ? (float) Math.sqrt(width) : 1,
        (float) json.number("final_logit_softcapping", gemma2Default(30)),
        encoder(),
        tokens());
  }

  /// Where the setting is absent; null means that there is none.
  private double gemma2Default(double value) {
    return architecture == Architecture.GEMMA2 && !json.mentions("final_logit_softcapping")
        ? value
        : 0;
  }

  private int contextWindow() {
    int positions =
        json.integer("max_position_embeddings", 1, ModelConfig.CONTEXT_MAX, defaultContext());
    return architecture == Architecture.ROBERTA ? positions - firstPosition() : positions;
  }

  private int defaultContext() {
    return architecture.encoder() ? 512 : architecture == Architecture.MISTRAL ? 131072 : 2048;
  }

  private AttentionConfig attention() {
    boolean encoder = architecture.encoder();
    int kvHeads =
        encoder ? heads : json.integer("num_key_value_heads", 1, ModelConfig.HEADS_MAX, heads);
    boolean bias = json.bool("attention_bias", false);
    double scaled =
        architecture == Architecture.GEMMA2 || architecture == Architecture.GEMMA3
            ? json.number("query_pre_attn_scalar", 256)
            : headDim;
    double softcap =
        architecture == Architecture.GEMMA2
            ? json.number(
                "attn_logit_softcapping", json.mentions("attn_logit_softcapping") ? 0 : 50)
            : 0;
    return new AttentionConfig(
        heads,
        kvHeads,
        headDim,
        (float) (1 / Math.sqrt(scaled)),
        (float) softcap,
        windows(),
        !encoder,
        encoder || architecture == Architecture.QWEN2 || bias,
        encoder || (bias && architecture != Architecture.QWEN2));
  }

  private List<Integer> windows() {
    int window = json.integer("sliding_window", 0, Integer.MAX_VALUE, usualWindow());
    boolean used =
        switch (architecture) {
          case QWEN2, QWEN3 -> json.bool("use_sliding_window", false);
          case MISTRAL, PHI3, GEMMA2, GEMMA3 -> true;
          case LLAMA, GEMMA, BERT, ROBERTA -> false;
        };
    List<String> types =
        json.has("layer_types") ? json.strings("layer_types", ModelConfig.LAYERS_MAX) : List.of();
    if (!types.isEmpty() && types.size() != layers) {
      throw json.wrong("has layer_types of " + types.size() + " layers, not " + layers);
    }
    List<Integer> windows = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      boolean slides = types.isEmpty() ? slides(layer) : slides(types.get(layer));
      windows.add(used && slides ? window : 0);
    }
    return windows;
  }

  private int usualWindow() {
    return switch (architecture) {
      case GEMMA2, GEMMA3, QWEN2, QWEN3 -> json.mentions("sliding_window") ? 0 : 4096;
      case MISTRAL -> json.mentions("sliding_window") ? 0 : 4096;
      case LLAMA, PHI3, GEMMA, BERT, ROBERTA -> 0;
    };
  }

  private boolean slides(String type) {
    return switch (type) {
      case "sliding_attention" -> true;
      case "full_attention" -> false;
      default -> throw json.wrong("has a layer of the type " + type + ", which is not supported");
    };
  }

  private boolean slides(int layer) {
    return switch (architecture) {
      case QWEN2, QWEN3 -> layer >= json.integer("max_window_layers", 0, Integer.MAX_VALUE, 28);
      case GEMMA2 -> layer % 2 == 0;
      case GEMMA3 -> (layer + 1) % json.integer("sliding_window_pattern", 1, 1024, 6) != 0;
      case LLAMA, MISTRAL, PHI3, GEMMA, BERT, ROBERTA -> true;
    };
  }

  private RopeConfig rope() {
    HuggingFaceRope rope = new HuggingFaceRope(json, architecture, contextWindow());
    int rotary = (int) (headDim * rope.rotaryShare());
    return new RopeConfig(RopeStyle.HALVES, rotary, rope.everywhere(), rope.sliding());
  }

  private Activation activation() {
    String name =
        architecture.gemma()
            ? json.string("hidden_activation", "gelu_pytorch_tanh")
            : json.string("hidden_act", architecture.encoder() ? "gelu" : "silu");
    return switch (name) {
      case "silu", "swish" -> Activation.SILU;
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
      case "relu" -> Activation.RELU;
      default -> throw json.wrong("has the activation " + name + ", which is not supported");
    };
  }

  private EncoderConfig encoder() {
    SentenceTransformers files = SentenceTransformers.read(folder);
    if (!architecture.encoder()) {
      return new EncoderConfig(0, 0, 0, 0, files.pooling(), files.normalize());
    }
    String kind = json.string("position_embedding_type", "absolute");
    if (!kind.equals("absolute")) {
      throw json.wrong("has " + kind + " positions, which are not supported");
    }
    return new EncoderConfig(
        json.integer("max_position_embeddings", 1, ModelConfig.CONTEXT_MAX, defaultContext()),
        firstPosition(),
        json.integer("type_vocab_size", 0, 1024, 2),
        0,
        files.pooling(),
        files.normalize());
  }

  private int firstPosition() {
    return architecture == Architecture.ROBERTA ? json.integer("pad_token_id", 0, 1024, 1) + 1 : 0;
  }

  private SpecialTokens tokens() {
    int most = ModelConfig.VOCABULARY_MAX;
    List<Integer> ends = json.integers("eos_token_id", -1, most, 64);
    Path generation = folder.resolve("generation_config.json");
    if (Files.exists(generation)) {
      Json own = Json.read(generation);
      if (own.has("eos_token_id")) {
        ends = own.integers("eos_token_id", -1, most, 64);
      }
    }
    return new SpecialTokens(
        known(json.integer("bos_token_id", -1, most)),
        ends.stream().filter(id -> id >= 0).toList(),
        known(json.integer("pad_token_id", -1, most)));
  }

  private static @Nullable Integer known(@Nullable Integer id) {
    return id == null || id < 0 ? null : id;
  }
}
