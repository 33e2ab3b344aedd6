package engram.inference.model;

import engram.inference.tensor.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Small random models that are whole: with vocabulary, and a chat template where they write. For
/// tests of what stands around a model, here and in rooms above.
public final class SmallModels {
  /// As Qwen and others write: tools in the system message, calls between `<tool_call>` marks.
  public static final String TEMPLATE =
      """
      {%- if tools %}{{ '<|im_start|>system\\n' }}{% for tool in tools %}{{ tool | tojson }}\
      {{ '\\n' }}{% endfor %}{{ 'Answer a call as <tool_call>\\n{"name": …}\\n</tool_call>' }}\
      {{ '<|im_end|>\\n' }}{% endif %}{% for message in messages %}{{ '<|im_start|>' + message.role \
      + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}\
      {{ '<|im_start|>assistant\\n' }}{% endif %}\
      """;

  private static final int BYTES = 256;
  private static final int WIDTH = 32;
  private static final int FEED_FORWARD = 48;
  private static final int LAYERS = 2;
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int NORMAL = 1;
  private static final int CONTROL = 3;

  private SmallModels() {}

  /// A decoder whose tokens are the 256 bytes and the marks of its chat template. What it writes is
  /// noise.
  ///
  /// @param seed other weights for another
  public static Path decoder(Path file, int contextTokens, String seed) {
    List<String> tokens = bytes();
    List<Integer> types = new ArrayList<>(Collections.nCopies(BYTES, NORMAL));
    tokens.addAll(List.of("<|im_start|>", "<|im_end|>"));
    types.addAll(List.of(CONTROL, CONTROL));
    GgufWriter out = new GgufWriter(3);
    out.put("general.architecture", "llama")
        .put("llama.block_count", LAYERS)
        .put("llama.embedding_length", WIDTH)
        .put("llama.feed_forward_length", FEED_FORWARD)
        .put("llama.context_length", contextTokens)
        .put("llama.attention.head_count", HEADS)
        .put("llama.attention.head_count_kv", KV_HEADS)
        .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .put("llama.rope.freq_base", 10_000f)
        .put("tokenizer.ggml.model", "gpt2")
        .put("tokenizer.ggml.pre", "gpt-2")
        .put("tokenizer.ggml.tokens", tokens)
        .put("tokenizer.ggml.token_type", array(types))
        .put("tokenizer.ggml.add_bos_token", false)
        .put("tokenizer.ggml.bos_token_id", BYTES)
        .put("tokenizer.ggml.eos_token_id", BYTES + 1)
        .put("tokenizer.chat_template", TEMPLATE);
    weights(out, tokens.size(), seed);
    return out.write(file);
  }

  /// Tokens that are the bytes, as byte-level vocabularies spell them.
  static List<String> bytes() {
    List<String> tokens = new ArrayList<>();
    for (int value = 0; value < BYTES; value++) {
      tokens.add(Character.toString(spelled(value)));
    }
    return tokens;
  }

  private static void weights(GgufWriter out, int vocabulary, String seed) {
    int kvWidth = WIDTH / HEADS * KV_HEADS;
    tensor(out, seed, "token_embd.weight", vocabulary, WIDTH);
    for (int layer = 0; layer < LAYERS; layer++) {
      String at = "blk." + layer + ".";
      tensor(out, seed, at + "attn_norm.weight", WIDTH);
      tensor(out, seed, at + "attn_q.weight", WIDTH, WIDTH);
      tensor(out, seed, at + "attn_k.weight", kvWidth, WIDTH);
      tensor(out, seed, at + "attn_v.weight", kvWidth, WIDTH);
      tensor(out, seed, at + "attn_output.weight", WIDTH, WIDTH);
      tensor(out, seed, at + "ffn_norm.weight", WIDTH);
      tensor(out, seed, at + "ffn_gate.weight", FEED_FORWARD, WIDTH);
      tensor(out, seed, at + "ffn_up.weight", FEED_FORWARD, WIDTH);
      tensor(out, seed, at + "ffn_down.weight", WIDTH, FEED_FORWARD);
    }
    tensor(out, seed, "output_norm.weight", WIDTH);
    tensor(out, seed, "output.weight", vocabulary, WIDTH);
  }

  private static void tensor(GgufWriter out, String seed, String name, int... shape) {
    long[] longs = java.util.Arrays.stream(shape).asLongStream().toArray();
    out.tensor(name, ElementType.F32, RandomWeights.of(seed + name, shape, false), longs);
  }

  /// An encoder that makes vectors, of single letters and digits; its window is 40 tokens.
  public static Path encoder(Path file) {
    return bert("bert", file);
  }

  /// A cross-encoder that compares two texts, as above.
  public static Path reranker(Path file) {
    return bert("bert-reranker", file);
  }

  private static Path bert(String golden, Path file) {
    GoldenModel model = GoldenModel.of(golden);
    List<String> tokens = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
    List<Integer> types = new ArrayList<>(List.of(CONTROL, CONTROL, CONTROL, CONTROL, CONTROL));
    for (char letter = 'a'; letter <= 'z'; letter++) {
      tokens.add("▁" + letter);
      tokens.add(String.valueOf(letter));
    }
    while (tokens.size() < model.config().get("vocab_size").intValue()) {
      tokens.add("▁" + (tokens.size() % 10));
    }
    while (types.size() < tokens.size()) {
      types.add(NORMAL);
    }
    return GoldenGguf.writer(model, ElementType.F32)
        .put("tokenizer.ggml.model", "bert")
        .put("tokenizer.ggml.tokens", tokens)
        .put("tokenizer.ggml.token_type", array(types))
        .put("tokenizer.ggml.unknown_token_id", 1)
        .put("tokenizer.ggml.cls_token_id", 2)
        .put("tokenizer.ggml.bos_token_id", 2)
        .put("tokenizer.ggml.seperator_token_id", 3)
        .put("tokenizer.ggml.mask_token_id", 4)
        .write(file);
  }

  private static int[] array(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  /// How byte-level vocabularies spell a byte: itself where it can be seen, else a letter of the
  /// Latin extensions (Radford et al., GPT-2).
  private static int spelled(int value) {
    int hidden = 0;
    for (int one = 0; one < BYTES; one++) {
      boolean seen = one >= '!' && one <= '~' || one >= 0xA1 && one <= 0xFF && one != 0xAD;
      if (one == value) {
        return seen ? value : BYTES + hidden;
      }
      hidden += seen ? 0 : 1;
    }
    throw new IllegalArgumentException(value + " is no byte");
  }
}
