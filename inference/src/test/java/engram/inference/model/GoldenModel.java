package engram.inference.model;

import engram.inference.tensor.ElementType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A small random model, and what Hugging Face transformers computes for it: see golden.py, which
/// makes the same weights from the same names.
public final class GoldenModel {
  public static final List<String> DECODERS =
      List.of(
          "llama2",
          "llama3",
          "llama-linear",
          "llama-ntk",
          "smollm",
          "mistral",
          "qwen2",
          "qwen2.5-yarn",
          "qwen3",
          "phi3",
          "phi3-longrope-short",
          "phi3-longrope-long",
          "phi4-mini",
          "gemma",
          "gemma2",
          "gemma3");
  public static final List<String> ENCODERS =
      List.of("bert", "roberta", "bert-reranker", "xlm-roberta-reranker");

  private final JsonNode facts;

  private GoldenModel(JsonNode facts) {
    this.facts = facts;
  }

  public static GoldenModel of(String name) {
    try (InputStream in = GoldenModel.class.getResourceAsStream(name + ".json")) {
      return new GoldenModel(JsonMapper.shared().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String name() {
    return facts.get("name").stringValue();
  }

  public JsonNode config() {
    return facts.get("config");
  }

  /// The config as transformers 5 saves it.
  public JsonNode savedConfig() {
    return facts.get("saved");
  }

  public int[] ids() {
    return ints(facts.get("ids"));
  }

  public int[] types() {
    return facts.get("types").isNull() ? new int[ids().length] : ints(facts.get("types"));
  }

  public int[] rows() {
    return ints(facts.get("rows"));
  }

  public int[] greedy() {
    return ints(facts.get("greedy"));
  }

  /// `[rows, V]`, or `[1, labels]` of a classifier.
  public double[][] logits() {
    return matrix(facts.get("logits"));
  }

  /// `[layers + 1][rows, C]`: the embeddings, then the output of each layer; of a decoder's last
  /// layer what its final norm made of it.
  public double[][][] hidden() {
    JsonNode layers = facts.get("hidden");
    double[][][] hidden = new double[layers.size()][][];
    for (int i = 0; i < hidden.length; i++) {
      hidden[i] = matrix(layers.get(i));
    }
    return hidden;
  }

  /// Tensors by Hugging Face name.
  public Map<String, NamedArray> parameters() {
    Map<String, NamedArray> parameters = new LinkedHashMap<>();
    boolean unitOffset = config().get("model_type").stringValue().startsWith("gemma");
    for (Map.Entry<String, JsonNode> entry : facts.get("parameters").properties()) {
      int[] shape = ints(entry.getValue());
      float[] values = RandomWeights.of(entry.getKey(), shape, unitOffset);
      parameters.put(entry.getKey(), new NamedArray(values, shape));
    }
    return parameters;
  }

  public record NamedArray(float[] values, int[] shape) {
    long[] longShape() {
      return java.util.Arrays.stream(shape).asLongStream().toArray();
    }
  }

  /// Writes a folder as Hugging Face has them.
  public Path writeFolder(Path folder) {
    return writeFolder(folder, config(), ElementType.F32, 1);
  }

  public Path writeFolder(Path folder, JsonNode config, ElementType type, int shards) {
    SafetensorsWriter writer = new SafetensorsWriter();
    parameters()
        .forEach((name, array) -> writer.tensor(name, type, array.values(), array.longShape()));
    try {
      Files.createDirectories(folder);
      Files.write(
          folder.resolve("config.json"), config.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (shards == 1) {
      writer.write(folder);
    } else {
      writer.writeSharded(folder, shards);
    }
    return folder;
  }

  private static int[] ints(JsonNode array) {
    int[] ints = new int[array.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = array.get(i).intValue();
    }
    return ints;
  }

  private static double[][] matrix(JsonNode rows) {
    List<double[]> matrix = new ArrayList<>();
    for (JsonNode row : rows) {
      double[] values = new double[row.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = row.get(i).doubleValue();
      }
      matrix.add(values);
    }
    return matrix.toArray(double[][]::new);
  }
}
