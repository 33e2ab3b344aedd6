package engram.inference.model;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A decoder as its papers write it down, in double, over a whole text at once: no cache, no
/// kernel, no loader of ours. It knows what Mistral, Qwen 3 and Gemma 2 have: grouped heads,
/// windows in all layers or every second one, norms of queries and keys, capped scores, norms
/// behind blocks.
///
/// It is itself held against what transformers computed: see its callers.
public final class SlowDecoder {
  private final JsonNode config;
  private final Map<String, GoldenModel.NamedArray> weights = new HashMap<>();
  private final boolean gemma;
  private final int width;
  private final int layers;
  private final int heads;
  private final int kvHeads;
  private final int headDim;
  private final double epsilon;

  /// `[layers + 1][T, C]`: the embeddings, then the output of each layer; of the last what the
  /// final norm made of it.
  private final double[][][] hidden;

  /// `[layers][heads][T, T]`, rows sum to 1.
  private final double[][][][] attention;

  public SlowDecoder(GoldenModel model, int[] tokens) {
    config = model.config();
    weights.putAll(model.parameters());
    gemma = config.get("model_type").stringValue().startsWith("gemma");
    width = config.get("hidden_size").intValue();
    layers = config.get("num_hidden_layers").intValue();
    heads = config.get("num_attention_heads").intValue();
    kvHeads = config.get("num_key_value_heads").intValue();
    headDim = config.path("head_dim").intValue(width / heads);
    epsilon = config.get("rms_norm_eps").doubleValue();
    hidden = new double[layers + 1][][];
    attention = new double[layers][heads][tokens.length][tokens.length];
    run(tokens);
  }

  public double[][][] hidden() {
    return hidden;
  }

  public double[][][][] attention() {
    return attention;
  }

  private void run(int[] tokens) {
    GoldenModel.NamedArray embeddings = weights.get("model.embed_tokens.weight");
    double[][] x = new double[tokens.length][width];
    double scale = gemma ? Math.sqrt(width) : 1;
    for (int t = 0; t < tokens.length; t++) {
      for (int c = 0; c < width; c++) {
        x[t][c] = embeddings.values()[tokens[t] * width + c] * scale;
      }
    }
    hidden[0] = copy(x);
    for (int layer = 0; layer < layers; layer++) {
      String at = "model.layers." + layer + ".";
      double[][] attended =
          matrix(
              at + "self_attn.o_proj.weight",
              attend(layer, norm(at + "input_layernorm.weight", x)));
      add(x, gemma ? norm(at + "post_attention_layernorm.weight", attended) : attended);
      String before = gemma ? "pre_feedforward_layernorm" : "post_attention_layernorm";
      double[][] inner = feedForward(at, norm(at + before + ".weight", x));
      add(x, gemma ? norm(at + "post_feedforward_layernorm.weight", inner) : inner);
      hidden[layer + 1] = layer + 1 < layers ? copy(x) : norm("model.norm.weight", x);
    }
  }

  private double[][] feedForward(String at, double[][] x) {
    double[][] gate = matrix(at + "mlp.gate_proj.weight", x);
    double[][] up = matrix(at + "mlp.up_proj.weight", x);
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < gate[t].length; i++) {
        gate[t][i] = activation(gate[t][i]) * up[t][i];
      }
    }
    return matrix(at + "mlp.down_proj.weight", gate);
  }

  private double activation(double x) {
    return gemma
        ? x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))
        : x / (1 + Math.exp(-x));
  }

  private double[][] attend(int layer, double[][] x) {
    String at = "model.layers." + layer + ".self_attn.";
    double[][] q = matrix(at + "q_proj.weight", x);
    double[][] k = matrix(at + "k_proj.weight", x);
    double[][] v = matrix(at + "v_proj.weight", x);
    if (weights.containsKey(at + "q_norm.weight")) {
      normHeads(at + "q_norm.weight", q);
      normHeads(at + "k_norm.weight", k);
    }
    rotate(q);
    rotate(k);
    double[][] mixed = new double[x.length][heads * headDim];
    for (int head = 0; head < heads; head++) {
      int kv = head / (heads / kvHeads);
      for (int query = 0; query < x.length; query++) {
        double[] row = row(layer, q[query], k, head, kv, query);
        attention[layer][head][query] = row;
        for (int key = 0; key <= query; key++) {
          for (int d = 0; d < headDim; d++) {
            mixed[query][head * headDim + d] += row[key] * v[key][kv * headDim + d];
          }
        }
      }
    }
    return mixed;
  }

  private double[] row(int layer, double[] q, double[][] k, int head, int kv, int query) {
    double scalar = config.path("query_pre_attn_scalar").doubleValue(headDim);
    double cap = config.path("attn_logit_softcapping").doubleValue(0);
    int window = config.path("sliding_window").intValue(0);
    boolean windowed = window > 0 && (!gemma || layer % 2 == 0);
    double[] row = new double[k.length];
    double sum = 0;
    for (int key = 0; key <= query; key++) {
      if (windowed && query - key >= window) {
        continue;
      }
      double score = 0;
      for (int d = 0; d < headDim; d++) {
        score += q[head * headDim + d] * k[key][kv * headDim + d];
      }
      score /= Math.sqrt(scalar);
      row[key] = Math.exp(cap > 0 ? cap * Math.tanh(score / cap) : score);
      sum += row[key];
    }
    for (int key = 0; key <= query; key++) {
      row[key] /= sum;
    }
    return row;
  }

  /// The two halves of a head turn against each other.
  private void rotate(double[][] x) {
    double theta = config.get("rope_theta").doubleValue();
    int half = headDim / 2;
    for (int t = 0; t < x.length; t++) {
      for (int from = 0; from < x[t].length; from += headDim) {
        for (int i = 0; i < half; i++) {
          double angle = t * Math.pow(theta, -2.0 * i / headDim);
          double one = x[t][from + i];
          double other = x[t][from + half + i];
          x[t][from + i] = one * Math.cos(angle) - other * Math.sin(angle);
          x[t][from + half + i] = other * Math.cos(angle) + one * Math.sin(angle);
        }
      }
    }
  }

  private double[][] matrix(String name, double[][] x) {
    GoldenModel.NamedArray weight = weights.get(name);
    int rows = weight.shape()[0];
    int columns = weight.shape()[1];
    double[][] y = new double[x.length][rows];
    for (int t = 0; t < x.length; t++) {
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          y[t][r] += weight.values()[r * columns + c] * x[t][c];
        }
      }
    }
    return y;
  }

  private double[][] norm(String name, double[][] x) {
    double[][] y = copy(x);
    for (double[] row : y) {
      norm(name, row, 0, row.length);
    }
    return y;
  }

  private void normHeads(String name, double[][] x) {
    for (double[] row : x) {
      for (int from = 0; from < row.length; from += headDim) {
        norm(name, row, from, headDim);
      }
    }
  }

  private void norm(String name, double[] row, int from, int count) {
    float[] weight = weights.get(name).values();
    double squares = 0;
    for (int i = 0; i < count; i++) {
      squares += row[from + i] * row[from + i];
    }
    double root = Math.sqrt(squares / count + epsilon);
    for (int i = 0; i < count; i++) {
      row[from + i] *= (weight[i] + (gemma ? 1 : 0)) / root;
    }
  }

  private static double[][] copy(double[][] x) {
    double[][] copy = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      copy[t] = x[t].clone();
    }
    return copy;
  }

  private static void add(double[][] x, double[][] more) {
    for (int t = 0; t < x.length; t++) {
      for (int c = 0; c < x[t].length; c++) {
        x[t][c] += more[t][c];
      }
    }
  }
}
