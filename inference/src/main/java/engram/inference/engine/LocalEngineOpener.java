package engram.inference.engine;

import engram.inference.Engine;
import engram.inference.EngineOpener;
import engram.inference.EngineSettings;
import engram.inference.KvTier;
import engram.inference.VocabularyFile;
import engram.inference.kernel.Backends;
import engram.inference.kernel.Kernels;
import engram.inference.model.ModelFile;
import engram.inference.schedule.ModelPool;
import engram.inference.tier.FileTier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Opens the engine of this process, found by [java.util.ServiceLoader].
public final class LocalEngineOpener implements EngineOpener {
  @Override
  public Engine open(EngineSettings settings) {
    Map<String, Long> bytes = new LinkedHashMap<>();
    for (EngineSettings.Model model : settings.models()) {
      bytes.put(model.name(), bytes(model));
    }
    KvTier tier = settings.tier() == null ? null : open(settings.tier());
    Kernels kernels = Kernels.load();
    Runnable closing =
        () -> {
          kernels.close();
          if (tier != null) {
            tier.close();
          }
        };
    Map<String, ModelPool.Source<Loaded>> sources = new LinkedHashMap<>();
    for (EngineSettings.Model model : settings.models()) {
      sources.put(model.name(), source(model, bytes.getOrDefault(model.name(), 1L), kernels, tier));
    }
    try {
      return new LocalEngine(
          sources,
          settings.memoryBytes(),
          settings.schedule(),
          new LocalEngine.Machine(
              kernels.description(), model -> source(model, bytes(model), kernels, tier), closing));
    } catch (RuntimeException e) {
      closing.run();
      throw e;
    }
  }

  @Override
  public VocabularyFile vocabulary(Path file) throws IOException {
    return VocabularyReading.read(file);
  }

  @Override
  public String kernels() {
    return Backends.best().describe();
  }

  private static ModelPool.Source<Loaded> source(
      EngineSettings.Model model, long bytes, Kernels kernels, @Nullable KvTier tier) {
    return new ModelPool.Source<>(
        Math.max(1, bytes), () -> ModelLoading.load(model, kernels, tier));
  }

  private static long bytes(EngineSettings.Model model) {
    return weightBytes(model.path()) + model.cacheBytes();
  }

  private static KvTier open(EngineSettings.Tier tier) {
    try {
      FileTier files = new FileTier(tier.folder(), tier.bytesMax());
      // Caches of another process are never read, and hold what was said.
      files.clear();
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException("the folder of the tier cannot be used", e);
    }
  }

  /// What a model's weights take once they are loaded, about: its files.
  private static long weightBytes(Path path) {
    try {
      return ModelFile.bytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException("the model " + path + " cannot be read", e);
    }
  }
}
