package engram.inference.model.safetensors;

import engram.inference.model.config.ModelConfig;
import engram.inference.model.file.MappedFile;
import engram.inference.model.file.ModelFileException;
import engram.inference.model.file.Tensors;
import engram.inference.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// An open model in a Hugging Face folder. Its tensors are valid until it is closed, under the
/// names of [HuggingFaceNames].
public final class HuggingFaceFolder implements AutoCloseable {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final int SHARDS_MAX = 1024;

  private final Path folder;
  private final Arena arena;
  private final ModelConfig config;
  private final Tensors tensors;

  private HuggingFaceFolder(Path folder, Arena arena, ModelConfig config, Tensors tensors) {
    this.folder = folder;
    this.arena = arena;
    this.config = config;
    this.tensors = tensors;
  }

  /// @throws ModelFileException if anything about the folder is wrong; nothing stays open
  public static HuggingFaceFolder open(Path folder) {
    ModelConfig config = HuggingFaceConfig.read(folder);
    Arena arena = Arena.ofShared();
    try {
      Tensors raw =
          Files.exists(folder.resolve(INDEX)) ? sharded(folder, arena) : single(folder, arena);
      Tensors tensors = HuggingFaceNames.canonical(raw, config);
      return new HuggingFaceFolder(
          folder, arena, HuggingFaceConfig.completed(config, tensors), tensors);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static Tensors single(Path folder, Arena arena) {
    Path file = folder.resolve(SINGLE);
    SafetensorsFile read = SafetensorsFile.read(file, MappedFile.map(file, arena));
    return new Tensors(file, read.tensors(), read.unreadable());
  }

  private static Tensors sharded(Path folder, Arena arena) {
    Path index = folder.resolve(INDEX);
    JsonNode map = Json.tree(index).get("weight_map");
    if (map == null || !map.isObject()) {
      throw new ModelFileException(index, "has no weight_map");
    }
    TreeSet<String> shards = new TreeSet<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      if (!entry.getValue().isString()) {
        throw new ModelFileException(index, "names no file for tensor " + entry.getKey());
      }
      shards.add(entry.getValue().stringValue());
    }
    if (shards.size() > SHARDS_MAX) {
      throw new ModelFileException(
          index, "names " + shards.size() + " files, more than " + SHARDS_MAX);
    }
    Map<String, Tensor> tensors = new HashMap<>();
    Map<String, String> unreadable = new HashMap<>();
    for (String shard : shards) {
      // A name, not a path: an index must not reach out of its folder.
      if (!shard.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
        throw new ModelFileException(index, "names the file " + shard + ", which is no plain name");
      }
      Path file = folder.resolve(shard);
      SafetensorsFile read = SafetensorsFile.read(file, MappedFile.map(file, arena));
      for (Tensor tensor : read.tensors().values()) {
        if (tensors.putIfAbsent(tensor.name(), tensor) != null) {
          throw new ModelFileException(
              file, "has tensor " + tensor.name() + ", which another file has too");
        }
      }
      unreadable.putAll(read.unreadable());
    }
    for (String name : map.propertyNames()) {
      if (!tensors.containsKey(name) && !unreadable.containsKey(name)) {
        throw new ModelFileException(index, "names tensor " + name + ", which no file has");
      }
    }
    return new Tensors(index, tensors, unreadable);
  }

  public Path folder() {
    return folder;
  }

  public ModelConfig config() {
    return config;
  }

  public Tensors tensors() {
    return tensors;
  }

  @Override
  public void close() {
    arena.close();
  }
}
