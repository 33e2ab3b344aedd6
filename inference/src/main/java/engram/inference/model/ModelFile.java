package engram.inference.model;

import engram.inference.model.config.ModelConfig;
import engram.inference.model.file.ModelFileException;
import engram.inference.model.file.Tensors;
import engram.inference.model.gguf.GgufConfig;
import engram.inference.model.gguf.GgufFile;
import engram.inference.model.gguf.GgufMetadata;
import engram.inference.model.safetensors.HuggingFaceFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// An open model, whatever its format: settings, tensors under GGUF's names, and where its
/// vocabulary is.
///
/// Tensors are the file's mapped bytes and end with [#close].
public final class ModelFile implements AutoCloseable {
  /// Where a model's vocabulary and chat template are.
  public sealed interface VocabularySource {
    /// In the file's own metadata, under `tokenizer.*`.
    record Gguf(GgufMetadata metadata) implements VocabularySource {}

    /// In files beside the weights: `tokenizer.json`, `tokenizer_config.json`, `tokenizer.model`.
    record Folder(Path folder) implements VocabularySource {}
  }

  private final ModelConfig config;
  private final Tensors tensors;
  private final VocabularySource vocabulary;
  private final Runnable close;

  private ModelFile(
      ModelConfig config, Tensors tensors, VocabularySource vocabulary, Runnable close) {
    this.config = config;
    this.tensors = tensors;
    this.vocabulary = vocabulary;
    this.close = close;
  }

  /// @param path a `.gguf` file, any part of a split one, a folder with `config.json`, or a file in
  ///   such a folder
  /// @throws ModelFileException if it cannot be used; the message says why
  public static ModelFile open(Path path) {
    if (Files.isDirectory(path)) {
      return folder(path);
    }
    if (path.getFileName() == null || !Files.exists(path)) {
      throw new ModelFileException("there is no model file or folder " + path);
    }
    if (path.getFileName().toString().endsWith(".gguf")) {
      return gguf(path);
    }
    Path parent = path.toAbsolutePath().getParent();
    if (parent != null && Files.exists(parent.resolve("config.json"))) {
      return folder(parent);
    }
    throw new ModelFileException(path, "is no .gguf file, and has no config.json beside it");
  }

  /// Bytes of the files with the weights that [#open] would map: all parts of a split file, all
  /// shards of a folder. None is opened, and those that are missing are not counted.
  ///
  /// @throws IOException if the file or folder itself cannot be read
  public static long bytes(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return bytesOfFolder(path);
    }
    Path parent = path.toAbsolutePath().getParent();
    boolean gguf = path.getFileName() != null && path.getFileName().toString().endsWith(".gguf");
    if (!gguf && parent != null && Files.exists(parent.resolve("config.json"))) {
      return bytesOfFolder(parent);
    }
    long sum = Files.size(path);
    for (Path part : gguf ? GgufFile.parts(path) : List.<Path>of()) {
      boolean other = !part.getFileName().equals(path.getFileName());
      sum += other && Files.exists(part) ? Files.size(part) : 0;
    }
    return sum;
  }

  private static long bytesOfFolder(Path folder) throws IOException {
    long sum = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".safetensors")).toList()) {
        sum += Files.size(file);
      }
    }
    return sum;
  }

  private static ModelFile gguf(Path path) {
    GgufFile file = GgufFile.open(path);
    try {
      ModelConfig config = GgufConfig.of(file);
      return new ModelFile(
          config, file.tensors(), new VocabularySource.Gguf(file.metadata()), file::close);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static ModelFile folder(Path path) {
    HuggingFaceFolder folder = HuggingFaceFolder.open(path);
    return new ModelFile(
        folder.config(), folder.tensors(), new VocabularySource.Folder(path), folder::close);
  }

  public ModelConfig config() {
    return config;
  }

  public Tensors tensors() {
    return tensors;
  }

  public VocabularySource vocabulary() {
    return vocabulary;
  }

  @Override
  public void close() {
    close.run();
  }
}
