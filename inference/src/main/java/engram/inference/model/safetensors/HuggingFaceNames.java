package engram.inference.model.safetensors;

import engram.inference.model.config.Architecture;
import engram.inference.model.config.ModelConfig;
import engram.inference.model.file.Tensors;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// From the names in safetensors to those that GGUF uses, which are this room's for all files.
final class HuggingFaceNames {
  private static final Pattern LAYER =
      Pattern.compile("(?:encoder\\.)?layers?\\.(\\d{1,4})\\.(.+)\\.(weight|bias)");

  private static final Map<String, String> DECODER =
      Map.ofEntries(
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.qkv_proj", "attn_qkv"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.gate_up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"),
          Map.entry("input_layernorm", "attn_norm"));

  private static final Map<String, String> ENCODER =
      Map.ofEntries(
          Map.entry("attention.self.query", "attn_q"),
          Map.entry("attention.self.key", "attn_k"),
          Map.entry("attention.self.value", "attn_v"),
          Map.entry("attention.output.dense", "attn_output"),
          Map.entry("attention.output.LayerNorm", "attn_output_norm"),
          Map.entry("intermediate.dense", "ffn_up"),
          Map.entry("output.dense", "ffn_down"),
          Map.entry("output.LayerNorm", "layer_output_norm"));

  private static final Map<String, String> OUTSIDE =
      Map.ofEntries(
          Map.entry("embed_tokens.weight", "token_embd.weight"),
          Map.entry("norm.weight", "output_norm.weight"),
          Map.entry("lm_head.weight", "output.weight"),
          Map.entry("embeddings.word_embeddings.weight", "token_embd.weight"),
          Map.entry("embeddings.position_embeddings.weight", "position_embd.weight"),
          Map.entry("embeddings.token_type_embeddings.weight", "token_types.weight"),
          Map.entry("embeddings.LayerNorm.weight", "token_embd_norm.weight"),
          Map.entry("embeddings.LayerNorm.bias", "token_embd_norm.bias"),
          Map.entry("embeddings.LayerNorm.gamma", "token_embd_norm.weight"),
          Map.entry("embeddings.LayerNorm.beta", "token_embd_norm.bias"),
          Map.entry("pooler.dense.weight", "cls.weight"),
          Map.entry("pooler.dense.bias", "cls.bias"),
          Map.entry("classifier.dense.weight", "cls.weight"),
          Map.entry("classifier.dense.bias", "cls.bias"),
          Map.entry("classifier.out_proj.weight", "cls.output.weight"),
          Map.entry("classifier.out_proj.bias", "cls.output.bias"),
          Map.entry("classifier.weight", "cls.output.weight"),
          Map.entry("classifier.bias", "cls.output.bias"));

  private static final Pattern OLD_NORM = Pattern.compile("LayerNorm\\.(gamma|beta)$");

  private HuggingFaceNames() {}

  /// Leaves out what no forward pass reads (such as saved frequencies).
  static Tensors canonical(Tensors tensors, ModelConfig config) {
    // The pooler of an encoder that classifies nothing is left over from its training.
    boolean classifier = tensors.names().stream().anyMatch(name -> name.startsWith("classifier."));
    return tensors.renamed(name -> {
      String canonical = canonical(name, config.architecture());
      boolean leftOver = !classifier && canonical != null && canonical.startsWith("cls.");
      return leftOver ? null : canonical;
    });
  }

  static @Nullable String canonical(String name, Architecture architecture) {
    String plain = plain(name);
    String outside = OUTSIDE.get(plain);
    if (outside != null) {
      return outside;
    }
    Matcher layer = LAYER.matcher(plain);
    if (!layer.matches()) {
      return null;
    }
    String part = part(layer.group(2), architecture);
    return part == null ? null : "blk." + layer.group(1) + "." + part + "." + layer.group(3);
  }

  private static String plain(String name) {
    String plain = name;
    for (String prefix :
        new String[] {"language_model.", "model.", "language_model.", "bert.", "roberta."}) {
      if (plain.startsWith(prefix)) {
        plain = plain.substring(prefix.length());
      }
    }
    Matcher old = OLD_NORM.matcher(plain);
    return old.find()
        ? old.replaceFirst(old.group(1).equals("gamma") ? "LayerNorm.weight" : "LayerNorm.bias")
        : plain;
  }

  private static @Nullable String part(String name, Architecture architecture) {
    if (architecture.encoder()) {
      return ENCODER.get(name);
    }
    return switch (name) {
      // What others call the norm after attention stands before their feed-forward block.
      case "post_attention_layernorm" ->
          architecture.postNorms() ? "post_attention_norm" : "ffn_norm";
      case "pre_feedforward_layernorm" -> "ffn_norm";
      case "post_feedforward_layernorm" -> "post_ffw_norm";
      default -> DECODER.get(name);
    };
  }
}
