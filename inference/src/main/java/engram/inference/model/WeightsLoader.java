package engram.inference.model;

import engram.inference.kernel.Kernels;
import engram.inference.kernel.PackedWeights;
import engram.inference.model.config.Architecture;
import engram.inference.model.config.ModelConfig;
import engram.inference.model.config.NormConfig;
import engram.inference.model.file.ModelFileException;
import engram.inference.model.file.Tensors;
import engram.inference.tensor.ElementType;
import engram.inference.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// Packs a model's tensors, each checked against the shape that the settings say.
final class WeightsLoader {
  private final ModelConfig config;
  private final Tensors tensors;
  private final Kernels kernels;
  private final Arena arena;
  private long bytes;

  WeightsLoader(ModelFile file, Kernels kernels, Arena arena) {
    config = file.config();
    tensors = file.tensors();
    this.kernels = kernels;
    this.arena = arena;
  }

  /// Bytes of all that was loaded.
  long bytes() {
    return bytes;
  }

  boolean has(String name) {
    return tensors.has(name);
  }

  LayerWeights decoderLayer(int layer) {
    String prefix = "blk." + layer + ".";
    Architecture architecture = config.architecture();
    int width = config.width();
    int inner = config.feedForwardWidth();
    int headDim = config.attention().headDim();
    int queries = config.attention().heads() * headDim;
    int keys = config.attention().kvHeads() * headDim;
    Part[] qkv = attention(prefix, queries, keys);
    Part[] gateUp = gateAndUp(prefix, inner);
    boolean headNorms = architecture.headNorms();
    boolean postNorms = architecture.postNorms();
    return new LayerWeights(
        norm(prefix + "attn_norm", width),
        matrix(qkv[0]),
        matrix(qkv[1]),
        matrix(qkv[2]),
        headNorms ? norm(prefix + "attn_q_norm", headDim) : null,
        headNorms ? norm(prefix + "attn_k_norm", headDim) : null,
        matrix(prefix + "attn_output", width, queries, config.attention().outputBias()),
        postNorms ? norm(prefix + "post_attention_norm", width) : null,
        norm(prefix + "ffn_norm", width),
        matrix(gateUp[0]),
        matrix(gateUp[1]),
        matrix(prefix + "ffn_down", width, inner, config.feedForwardBias()),
        postNorms ? norm(prefix + "post_ffw_norm", width) : null);
  }

  LayerWeights encoderLayer(int layer) {
    String prefix = "blk." + layer + ".";
    int width = config.width();
    int inner = config.feedForwardWidth();
    return new LayerWeights(
        null,
        matrix(prefix + "attn_q", width, width, true),
        matrix(prefix + "attn_k", width, width, true),
        matrix(prefix + "attn_v", width, width, true),
        null,
        null,
        matrix(prefix + "attn_output", width, width, true),
        norm(prefix + "attn_output_norm", width),
        null,
        null,
        matrix(prefix + "ffn_up", inner, width, true),
        matrix(prefix + "ffn_down", width, inner, true),
        norm(prefix + "layer_output_norm", width));
  }

  private record Part(Tensor weights, @Nullable Tensor bias) {}

  /// Queries, keys, values: apart, or rows of one matrix.
  private Part[] attention(String prefix, int queries, int keys) {
    int width = config.width();
    boolean bias = config.attention().inputBias();
    if (!tensors.has(prefix + "attn_qkv.weight")) {
      return new Part[] {
        part(prefix + "attn_q", queries, width, bias),
        part(prefix + "attn_k", keys, width, bias),
        part(prefix + "attn_v", keys, width, bias)
      };
    }
    Part fused = part(prefix + "attn_qkv", queries + 2 * keys, width, bias);
    return new Part[] {
      rows(fused, 0, queries), rows(fused, queries, keys), rows(fused, queries + keys, keys)
    };
  }

  private Part[] gateAndUp(String prefix, int inner) {
    int width = config.width();
    boolean bias = config.feedForwardBias();
    if (tensors.has(prefix + "ffn_gate.weight")) {
      return new Part[] {
        part(prefix + "ffn_gate", inner, width, bias), part(prefix + "ffn_up", inner, width, bias)
      };
    }
    Part fused = part(prefix + "ffn_up", 2 * inner, width, bias);
    return new Part[] {rows(fused, 0, inner), rows(fused, inner, inner)};
  }

  private Part part(String name, int rows, int columns, boolean bias) {
    return new Part(
        tensors.require(name + ".weight", rows, columns),
        bias ? tensors.require(name + ".bias", rows) : null);
  }

  private static Part rows(Part fused, int first, int count) {
    Tensor weights = fused.weights();
    Tensor bias = fused.bias();
    String name = weights.name() + "[" + first + "..]";
    return new Part(
        weights.slice(name, first, count), bias == null ? null : bias.part(name, first, count));
  }

  Matrix matrix(String name, int rows, int columns, boolean bias) {
    return matrix(part(name, rows, columns, bias));
  }

  private Matrix matrix(Part part) {
    Tensor bias = part.bias();
    return new Matrix(pack(part.weights()), bias == null ? null : vector(bias, 0));
  }

  PackedWeights table(String name, int rows, int columns) {
    return pack(tensors.require(name, rows, columns));
  }

  private PackedWeights pack(Tensor tensor) {
    try {
      PackedWeights packed =
          PackedWeights.pack(
              tensor.type(),
              tensor.data(),
              (int) tensor.rows(),
              (int) tensor.columns(),
              arena,
              kernels.pool());
      bytes += packed.bytes();
      return packed;
    } catch (IllegalArgumentException e) {
      throw new ModelFileException(tensors.file(), tensor.name() + ": " + e.getMessage(), e);
    }
  }

  NormWeights norm(String name, int width) {
    Tensor weight = tensors.require(name + ".weight", width);
    boolean layer = config.norm().kind() == NormConfig.Kind.LAYER;
    return new NormWeights(
        vector(weight, config.norm().unitOffset() ? 1 : 0),
        layer ? vector(tensors.require(name + ".bias", width), 0) : null);
  }

  private MemorySegment vector(Tensor tensor, float add) {
    float[] values = tensor.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] += add;
    }
    MemorySegment memory = floats(values.length);
    MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT, 0, values.length);
    return memory;
  }

  /// A table as plain floats, for what is added row by row.
  MemorySegment rows(String name, int rows, int columns) {
    Tensor tensor = tensors.require(name, rows, columns);
    if (tensor.type() != ElementType.F32 && tensor.elements() > 1 << 28) {
      throw new ModelFileException(
          tensors.file(), name + " has " + tensor.elements() + " elements");
    }
    return vector(tensor, 0);
  }

  private MemorySegment floats(long count) {
    bytes += 4 * count;
    return arena.allocate(4 * count, 64);
  }
}
