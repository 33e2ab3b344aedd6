package engram.api.engine;

import engram.inference.hub.HubException;
import engram.inference.hub.ModelManifest;
import engram.inference.hub.ModelName;
import engram.inference.hub.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The models that lie in a folder: what was pulled, by the name that it was pulled by, and what
/// somebody put there, by the name of the file or folder.
public final class ModelFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ModelFiles.class);

  /// What names of documents begin with, and what no model can therefore be called.
  private static final String DOCUMENTS = "engram";

  private static final String GGUF = ".gguf";

  /// Of a split model all parts but the first.
  private static final Pattern LATER_PART =
      Pattern.compile(".*-(?!00001)\\d{5}-of-\\d{5}\\.gguf", Pattern.CASE_INSENSITIVE);

  private static final Pattern PART = Pattern.compile("-00001-of-\\d{5}$");

  private ModelFiles() {}

  public static boolean isTaken(String name) {
    return name.equals(DOCUMENTS) || name.startsWith(DOCUMENTS + "/");
  }

  /// By name, what the engine opens.
  public static SortedMap<String, Path> in(Path folder) {
    SortedMap<String, Path> found = new TreeMap<>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      entries
          .sorted()
          .filter(entry -> !entry.getFileName().toString().startsWith("."))
          .forEach(entry -> loose(folder, entry, found));
      pulled(folder, found);
    } catch (IOException e) {
      LOG.warn("the models folder {} cannot be read: {}", folder, e.toString());
    }
    found.keySet().removeIf(ModelFiles::isTaken);
    return found;
  }

  /// What was pulled into a folder, by name.
  static Map<String, ModelManifest> pulled(Path folder) {
    Map<String, ModelManifest> pulled = new TreeMap<>();
    try {
      new Models(folder, Clock.systemUTC())
          .list()
          .forEach(manifest -> pulled.put(manifest.name(), manifest));
    } catch (HubException e) {
      LOG.warn("{}", e.getMessage());
    }
    return pulled;
  }

  /// Bytes of a model's file, or of all files of its folder; 0 where they cannot be read.
  static long bytes(Path path) {
    try (Stream<Path> files = Files.walk(path)) {
      long bytes = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    } catch (IOException e) {
      return 0;
    }
  }

  private static void pulled(Path folder, SortedMap<String, Path> found) throws IOException {
    Models models = new Models(folder, Clock.systemUTC());
    try {
      for (ModelManifest manifest : models.list()) {
        Path files = models.path(ModelName.parse(manifest.name()));
        found.values().removeIf(path -> path.startsWith(files));
        Optional<Path> model = model(files);
        if (model.isPresent()) {
          found.put(manifest.name(), model.get());
        }
      }
    } catch (HubException e) {
      LOG.warn("{}", e.getMessage());
    }
  }

  private static void loose(Path folder, Path entry, SortedMap<String, Path> found) {
    String name = entry.getFileName().toString();
    try {
      if (!Files.isDirectory(entry)) {
        if (isGguf(entry)) {
          String plain = name.substring(0, name.length() - GGUF.length());
          found.put(PART.matcher(plain).replaceFirst(""), entry);
        }
        return;
      }
      // What a pull has not ended has no manifest yet, but the pull's lock beside it.
      if (!Files.exists(folder.resolve(".engram-" + name + ".lock"))) {
        model(entry).ifPresent(path -> found.put(name, path));
      }
    } catch (IOException e) {
      LOG.warn("the model {} cannot be read: {}", entry, e.toString());
    }
  }

  /// What is opened of a model's folder: the folder itself, or its first `.gguf` file.
  private static Optional<Path> model(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder, 2)) {
      Optional<Path> gguf = files.filter(ModelFiles::isGguf).sorted().findFirst();
      boolean whole = Files.exists(folder.resolve("config.json"));
      return gguf.isPresent() ? gguf : whole ? Optional.of(folder) : Optional.empty();
    }
  }

  private static boolean isGguf(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(GGUF)
        && !name.startsWith(".")
        && !LATER_PART.matcher(name).matches()
        && Files.isRegularFile(file);
  }
}
