package engram.inference.model;

import engram.inference.tensor.ElementType;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Models of random weights in the shapes of real ones, as large as those: written as they are
/// made.
final class RandomGguf {
  /// @param kvHeads of `heads`; where equal, an encoder's too
  record Shape(
      int width,
      int layers,
      int heads,
      int kvHeads,
      int headDim,
      int inner,
      int vocabulary,
      int context) {
    /// Llama 3.2 1B.
    static final Shape LLAMA_1B = new Shape(2048, 16, 32, 8, 64, 8192, 128_256, 32_768);

    /// all-MiniLM-L6.
    static final Shape MINILM = new Shape(384, 6, 12, 12, 32, 1536, 30_522, 512);
  }

  private record Part(String name, ElementType type, long[] shape, boolean ones) {
    long count() {
      long count = 1;
      for (long size : shape) {
        count *= size;
      }
      return count;
    }
  }

  private final Map<String, Object> metadata = new LinkedHashMap<>();
  private final List<Part> parts = new ArrayList<>();

  /// A decoder of the Llama family; `type` for all matrices.
  static Path llama(Shape shape, ElementType type, Path file) throws IOException {
    RandomGguf out = new RandomGguf();
    out.metadata.put("tokenizer.ggml.model", "no_vocab");
    return out.llama(shape, type).write(file);
  }

  /// As above, with a vocabulary: the bytes, and words that are numbers.
  static Path llamaWithWords(Shape shape, ElementType type, Path file) throws IOException {
    RandomGguf out = new RandomGguf();
    List<String> words = new ArrayList<>(SmallModels.bytes());
    while (words.size() < shape.vocabulary) {
      words.add("w" + words.size());
    }
    int[] types = new int[shape.vocabulary];
    Arrays.fill(types, 1);
    out.metadata.put("tokenizer.ggml.model", "gpt2");
    out.metadata.put("tokenizer.ggml.pre", "gpt-2");
    out.metadata.put("tokenizer.ggml.tokens", words);
    out.metadata.put("tokenizer.ggml.token_type", types);
    out.metadata.put("tokenizer.ggml.add_bos_token", false);
    return out.llama(shape, type).write(file);
  }

  private RandomGguf llama(Shape shape, ElementType type) {
    common("llama", shape);
    metadata.put("llama.attention.head_count_kv", shape.kvHeads);
    metadata.put("llama.attention.layer_norm_rms_epsilon", 1e-5f);
    metadata.put("llama.rope.freq_base", 500_000f);
    metadata.put("llama.rope.dimension_count", shape.headDim);
    metadata.put("llama.vocab_size", shape.vocabulary);
    long queries = (long) shape.heads * shape.headDim;
    long keys = (long) shape.kvHeads * shape.headDim;
    matrix("token_embd", type, shape.vocabulary, shape.width);
    ones("output_norm.weight", shape.width);
    for (int i = 0; i < shape.layers; i++) {
      String layer = "blk." + i + ".";
      ones(layer + "attn_norm.weight", shape.width);
      matrix(layer + "attn_q", type, queries, shape.width);
      matrix(layer + "attn_k", type, keys, shape.width);
      matrix(layer + "attn_v", type, keys, shape.width);
      matrix(layer + "attn_output", type, shape.width, queries);
      ones(layer + "ffn_norm.weight", shape.width);
      matrix(layer + "ffn_gate", type, shape.inner, shape.width);
      matrix(layer + "ffn_up", type, shape.inner, shape.width);
      matrix(layer + "ffn_down", type, shape.width, shape.inner);
    }
    return this;
  }

  /// An encoder of BERT's shape.
  static Path bert(Shape shape, ElementType type, Path file) throws IOException {
    RandomGguf out = new RandomGguf();
    out.metadata.put("tokenizer.ggml.model", "no_vocab");
    return out.encoder(shape, type).write(file);
  }

  /// As above, with a vocabulary of words that are `w` and a number.
  static Path bertWithWords(Shape shape, ElementType type, Path file) throws IOException {
    RandomGguf out = new RandomGguf();
    List<String> words = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
    int[] types = new int[shape.vocabulary];
    Arrays.fill(types, 0, words.size(), 3);
    Arrays.fill(types, words.size(), types.length, 1);
    while (words.size() < shape.vocabulary) {
      words.add("▁w" + words.size());
    }
    out.metadata.put("tokenizer.ggml.model", "bert");
    out.metadata.put("tokenizer.ggml.tokens", words);
    out.metadata.put("tokenizer.ggml.token_type", types);
    out.metadata.put("tokenizer.ggml.unknown_token_id", 1);
    out.metadata.put("tokenizer.ggml.cls_token_id", 2);
    out.metadata.put("tokenizer.ggml.bos_token_id", 2);
    out.metadata.put("tokenizer.ggml.seperator_token_id", 3);
    out.metadata.put("tokenizer.ggml.mask_token_id", 4);
    return out.encoder(shape, type).write(file);
  }

  private RandomGguf encoder(Shape shape, ElementType type) {
    common("bert", shape);
    metadata.put("bert.attention.layer_norm_epsilon", 1e-12f);
    metadata.put("bert.attention.causal", false);
    metadata.put("bert.pooling_type", 1);
    matrix("token_embd", type, shape.vocabulary, shape.width);
    matrix("position_embd", ElementType.F32, shape.context, shape.width);
    matrix("token_types", ElementType.F32, 2, shape.width);
    norm("token_embd_norm", shape.width);
    for (int i = 0; i < shape.layers; i++) {
      String layer = "blk." + i + ".";
      for (String name : List.of("attn_q", "attn_k", "attn_v", "attn_output")) {
        matrix(layer + name, type, shape.width, shape.width);
        vector(layer + name + ".bias", shape.width);
      }
      norm(layer + "attn_output_norm", shape.width);
      matrix(layer + "ffn_up", type, shape.inner, shape.width);
      vector(layer + "ffn_up.bias", shape.inner);
      matrix(layer + "ffn_down", type, shape.width, shape.inner);
      vector(layer + "ffn_down.bias", shape.width);
      norm(layer + "layer_output_norm", shape.width);
    }
    return this;
  }

  private void common(String architecture, Shape shape) {
    metadata.put("general.architecture", architecture);
    metadata.put("general.name", "random");
    metadata.put(architecture + ".block_count", shape.layers);
    metadata.put(architecture + ".context_length", shape.context);
    metadata.put(architecture + ".embedding_length", shape.width);
    metadata.put(architecture + ".feed_forward_length", shape.inner);
    metadata.put(architecture + ".attention.head_count", shape.heads);
  }

  private void matrix(String name, ElementType type, long rows, long columns) {
    parts.add(new Part(name + ".weight", type, new long[] {rows, columns}, false));
  }

  private void ones(String name, int width) {
    parts.add(new Part(name, ElementType.F32, new long[] {width}, true));
  }

  private void vector(String name, int width) {
    parts.add(new Part(name, ElementType.F32, new long[] {width}, false));
  }

  private void norm(String name, int width) {
    ones(name + ".weight", width);
    vector(name + ".bias", width);
  }

  /// Made again only where it is not there whole.
  private Path write(Path file) throws IOException {
    GgufWriter header = new GgufWriter(3);
    metadata.forEach(header::put);
    long offset = 0;
    for (Part part : parts) {
      header.raw(part.name(), GgufWriter.id(part.type()), new byte[0], offset, part.shape());
      offset = align(offset + part.type().bytes(part.count()));
    }
    byte[] head = header.bytes();
    long bytes = align(head.length) + offset;
    if (Files.exists(file) && Files.size(file) == bytes) {
      return file;
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    SplittableRandom random = new SplittableRandom(11);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      out.write(head);
      out.write(new byte[(int) (align(head.length) - head.length)]);
      for (Part part : parts) {
        long size = part.type().bytes(part.count());
        fill(out, part, random);
        out.write(new byte[(int) (align(size) - size)]);
      }
    }
    return file;
  }

  private static long align(long offset) {
    return (offset + 31) / 32 * 32;
  }

  /// Weights of spread 0.02 or so, as real ones have: with them go some halves below the normal
  /// ones, which are slow on some machines.
  private static void fill(OutputStream out, Part part, SplittableRandom random)
      throws IOException {
    int blockBytes =
        switch (part.type()) {
          case Q8_0 -> 34;
          case Q4_0 -> 18;
          case F32 -> 4;
          default -> throw new IllegalArgumentException(part.type() + " is not written here");
        };
    long blocks = part.type().bytes(part.count()) / blockBytes;
    ByteBuffer buffer = ByteBuffer.allocate(blockBytes * 4096).order(ByteOrder.LITTLE_ENDIAN);
    for (long b = 0; b < blocks; b++) {
      switch (part.type()) {
        case F32 -> buffer.putFloat(part.ones() ? 1 : (float) ((random.nextDouble() - 0.5) * 0.07));
        case Q8_0 -> {
          buffer.putShort(Float.floatToFloat16((float) (0.0002 + 0.0004 * random.nextDouble())));
          for (int i = 0; i < 4; i++) {
            buffer.putLong(random.nextLong());
          }
        }
        default -> {
          buffer.putShort(Float.floatToFloat16((float) (0.003 + 0.004 * random.nextDouble())));
          buffer.putLong(random.nextLong()).putLong(random.nextLong());
        }
      }
      if (!buffer.hasRemaining() || b + 1 == blocks) {
        out.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
    }
  }
}
