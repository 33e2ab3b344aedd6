package engram.inference.model;

import engram.inference.model.GoldenModel.NamedArray;
import engram.inference.tensor.Decoding;
import engram.inference.tensor.ElementType;
import engram.inference.tensor.Quantization;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Converts a [GoldenModel] to GGUF by the rules that public converters follow: names, the
/// permutation of the Llama family's queries and keys, Gemma's norms plus one, RoBERTa's positions
/// without the first rows.
final class GoldenGguf {
  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put("embed_tokens", "token_embd");
    NAMES.put("model.norm", "output_norm");
    NAMES.put("lm_head", "output");
    NAMES.put("self_attn.q_proj", "attn_q");
    NAMES.put("self_attn.k_proj", "attn_k");
    NAMES.put("self_attn.v_proj", "attn_v");
    NAMES.put("self_attn.o_proj", "attn_output");
    NAMES.put("self_attn.qkv_proj", "attn_qkv");
    NAMES.put("self_attn.q_norm", "attn_q_norm");
    NAMES.put("self_attn.k_norm", "attn_k_norm");
    NAMES.put("mlp.gate_up_proj", "ffn_up");
    NAMES.put("mlp.gate_proj", "ffn_gate");
    NAMES.put("mlp.up_proj", "ffn_up");
    NAMES.put("mlp.down_proj", "ffn_down");
    NAMES.put("input_layernorm", "attn_norm");
    NAMES.put("pre_feedforward_layernorm", "ffn_norm");
    NAMES.put("post_feedforward_layernorm", "post_ffw_norm");
    NAMES.put("word_embeddings", "token_embd");
    NAMES.put("position_embeddings", "position_embd");
    NAMES.put("token_type_embeddings", "token_types");
    NAMES.put("embeddings.LayerNorm", "token_embd_norm");
    NAMES.put("attention.self.query", "attn_q");
    NAMES.put("attention.self.key", "attn_k");
    NAMES.put("attention.self.value", "attn_v");
    NAMES.put("attention.output.dense", "attn_output");
    NAMES.put("attention.output.LayerNorm", "attn_output_norm");
    NAMES.put("intermediate.dense", "ffn_up");
    NAMES.put("output.dense", "ffn_down");
    NAMES.put("output.LayerNorm", "layer_output_norm");
    NAMES.put("pooler.dense", "cls");
    NAMES.put("classifier.dense", "cls");
    NAMES.put("classifier.out_proj", "cls.output");
    NAMES.put("classifier", "cls.output");
  }

  private static final Pattern LAYER = Pattern.compile("layers?\\.(\\d+)\\.");

  private final GoldenModel model;
  private final JsonNode config;
  private final String type;
  private final String prefix;
  private final GgufWriter out = new GgufWriter(3);

  private GoldenGguf(GoldenModel model) {
    this.model = model;
    config = model.config();
    type = config.get("model_type").stringValue();
    prefix =
        switch (type) {
          case "mistral" -> "llama";
          case "gemma3_text" -> "gemma3";
          case "roberta", "xlm-roberta" -> "bert";
          default -> type;
        };
  }

  /// @param matrices how matrices are stored; vectors stay F32
  static Path write(GoldenModel model, ElementType matrices, Path file) {
    return writer(model, matrices).write(file);
  }

  /// The same weights as of `write`, each as the number that it became, in F32.
  static Path writeDecoded(GoldenModel model, ElementType matrices, Path file) {
    return new GoldenGguf(model).writer(matrices, true).write(file);
  }

  static GgufWriter writer(GoldenModel model, ElementType matrices) {
    return new GoldenGguf(model).writer(matrices, false);
  }

  private GgufWriter writer(ElementType matrices, boolean decoded) {
    settings();
    scaling();
    Map<String, NamedArray> converted = new TreeMap<>();
    model.parameters().forEach((name, array) -> converted.put(gguf(name), converted(name, array)));
    converted.forEach((name, array) -> {
      int columns = array.shape()[array.shape().length - 1];
      // Rows that are no whole number of blocks stay as they are, as in real files.
      boolean plain = array.shape().length == 1 || columns % matrices.blockElements() != 0;
      ElementType type = plain ? ElementType.F32 : matrices;
      float[] values = decoded ? decoded(type, array.values()) : array.values();
      out.tensor(name, decoded ? ElementType.F32 : type, values, array.longShape());
    });
    return out;
  }

  private static float[] decoded(ElementType type, float[] values) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) type.bytes(values.length)]);
    Quantization.encode(type, values, 0, values.length, bytes, 0);
    float[] decoded = new float[values.length];
    Decoding.decode(type, bytes, 0, decoded, 0, decoded.length);
    return decoded;
  }

  private String gguf(String name) {
    String kind = name.substring(name.lastIndexOf('.'));
    String stem = name.substring(0, name.lastIndexOf('.'));
    Matcher layer = LAYER.matcher(stem);
    if (!layer.find()) {
      return find(stem) + kind;
    }
    String rest = stem.substring(layer.end());
    String part =
        rest.equals("post_attention_layernorm")
            ? (type.equals("gemma2") || type.equals("gemma3_text")
                ? "post_attention_norm"
                : "ffn_norm")
            : NAMES.get(rest);
    return "blk." + layer.group(1) + "." + part + kind;
  }

  private static String find(String stem) {
    return NAMES.entrySet().stream()
        .filter(e -> stem.equals(e.getKey()) || stem.endsWith("." + e.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(stem));
  }

  private NamedArray converted(String name, NamedArray array) {
    if (prefix.equals("llama") && name.contains("q_proj")) {
      return permuted(array, integer("num_attention_heads"));
    }
    if (prefix.equals("llama") && name.contains("k_proj")) {
      return permuted(array, integer("num_key_value_heads"));
    }
    if (prefix.startsWith("gemma") && name.endsWith("norm.weight")) {
      float[] values = array.values().clone();
      for (int i = 0; i < values.length; i++) {
        values[i] += 1;
      }
      return new NamedArray(values, array.shape());
    }
    if (type.endsWith("roberta") && name.contains("position_embeddings")) {
      int cut = integer("pad_token_id") + 1;
      int width = array.shape()[1];
      float[] values =
          java.util.Arrays.copyOfRange(array.values(), cut * width, array.values().length);
      return new NamedArray(values, new int[] {array.shape()[0] - cut, width});
    }
    return array;
  }

  /// Row `i` of the first half of a head goes to `2 i`, of the second to `2 i + 1`.
  private static NamedArray permuted(NamedArray array, int heads) {
    int rows = array.shape()[0];
    int width = array.values().length / rows;
    int headRows = rows / heads;
    float[] values = new float[array.values().length];
    for (int row = 0; row < rows; row++) {
      int in = row % headRows;
      int half = headRows / 2;
      int to = row - in + (in < half ? 2 * in : 2 * (in - half) + 1);
      System.arraycopy(array.values(), row * width, values, to * width, width);
    }
    return new NamedArray(values, array.shape());
  }

  private void settings() {
    out.put("general.architecture", prefix);
    out.put("general.name", model.name());
    key("block_count", integer("num_hidden_layers"));
    key("embedding_length", integer("hidden_size"));
    key("feed_forward_length", integer("intermediate_size"));
    int cut = type.endsWith("roberta") ? integer("pad_token_id") + 1 : 0;
    key("context_length", integer("max_position_embeddings") - cut);
    key("attention.head_count", integer("num_attention_heads"));
    if (prefix.equals("bert")) {
      key("attention.layer_norm_epsilon", number("layer_norm_eps"));
      key("attention.causal", false);
      return;
    }
    key("attention.head_count_kv", integer("num_key_value_heads"));
    key("attention.layer_norm_rms_epsilon", number("rms_norm_eps"));
    key("rope.freq_base", number("rope_theta"));
    if (config.has("head_dim")) {
      key("attention.key_length", integer("head_dim"));
      key("attention.value_length", integer("head_dim"));
    }
    if (config.has("query_pre_attn_scalar")) {
      key("attention.scale", (float) (1 / Math.sqrt(integer("query_pre_attn_scalar"))));
    }
    if (type.equals("gemma2")) {
      key("attn_logit_softcapping", number("attn_logit_softcapping"));
      key("final_logit_softcapping", number("final_logit_softcapping"));
    }
    if (config.has("partial_rotary_factor")) {
      key("rope.dimension_count", (int) (headDim() * number("partial_rotary_factor")));
    }
    windows();
    out.put("tokenizer.ggml.bos_token_id", integer("bos_token_id"));
    out.put("tokenizer.ggml.eos_token_id", integer("eos_token_id"));
  }

  private void windows() {
    JsonNode window = config.get("sliding_window");
    if (window == null || window.isNull() || !window.isNumber()) {
      return;
    }
    if (type.startsWith("qwen")) {
      if (!config.get("use_sliding_window").booleanValue()) {
        return;
      }
      boolean[] slides = new boolean[integer("num_hidden_layers")];
      for (int i = 0; i < slides.length; i++) {
        slides[i] = i >= integer("max_window_layers");
      }
      key("attention.sliding_window_pattern", slides);
    }
    if (config.has("sliding_window_pattern")) {
      key("attention.sliding_window_pattern", integer("sliding_window_pattern"));
    }
    key("attention.sliding_window", window.intValue());
  }

  private void scaling() {
    JsonNode scaling = config.get("rope_scaling");
    if (scaling == null) {
      return;
    }
    String kind = scaling.get(scaling.has("rope_type") ? "rope_type" : "type").stringValue();
    switch (kind) {
      case "linear" -> {
        key("rope.scaling.type", "linear");
        key("rope.scaling.factor", scaling.get("factor").floatValue());
      }
      case "yarn" -> {
        key("rope.scaling.type", "yarn");
        key("rope.scaling.factor", scaling.get("factor").floatValue());
        key(
            "rope.scaling.original_context_length",
            scaling.get("original_max_position_embeddings").intValue());
      }
      case "llama3" -> llama3(scaling);
      case "longrope" -> {
        int trained = integer("original_max_position_embeddings");
        double stretch = (double) integer("max_position_embeddings") / trained;
        key("rope.scaling.original_context_length", trained);
        key(
            "rope.scaling.attn_factor",
            (float) Math.sqrt(1 + Math.log(stretch) / Math.log(trained)));
        factors("rope_factors_long.weight", scaling.get("long_factor"));
        factors("rope_factors_short.weight", scaling.get("short_factor"));
      }
      default -> throw new IllegalArgumentException(kind + " cannot be said in GGUF");
    }
  }

  private void factors(String name, JsonNode list) {
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).floatValue();
    }
    out.tensor(name, ElementType.F32, values, values.length);
  }

  private void llama3(JsonNode scaling) {
    double factor = scaling.get("factor").doubleValue();
    double low = scaling.get("low_freq_factor").doubleValue();
    double high = scaling.get("high_freq_factor").doubleValue();
    double trained = scaling.get("original_max_position_embeddings").doubleValue();
    List<Float> factors = new ArrayList<>();
    for (int i = 0; i < headDim(); i += 2) {
      double wave = 2 * Math.PI * Math.pow(number("rope_theta"), (double) i / headDim());
      if (wave < trained / high) {
        factors.add(1f);
      } else if (wave > trained / low) {
        factors.add((float) factor);
      } else {
        double smooth = (trained / wave - low) / (high - low);
        factors.add((float) (1 / ((1 - smooth) / factor + smooth)));
      }
    }
    float[] values = new float[factors.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = factors.get(i);
    }
    out.tensor("rope_freqs.weight", ElementType.F32, values, values.length);
  }

  private int headDim() {
    return config.has("head_dim")
        ? integer("head_dim")
        : integer("hidden_size") / integer("num_attention_heads");
  }

  private int integer(String key) {
    return config.get(key).intValue();
  }

  private float number(String key) {
    return config.get(key).floatValue();
  }

  private void key(String name, Object value) {
    out.put(prefix + "." + name, value);
  }
}
