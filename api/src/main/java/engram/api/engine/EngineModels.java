package engram.api.engine;

import com.sun.management.OperatingSystemMXBean;
import engram.inference.Engine;
import engram.inference.EngineSettings;
import engram.inference.EngineStatus;
import engram.inference.hub.ModelManifest;
import engram.inference.hub.ModelName;
import engram.inference.hub.Models;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/// The models of this process: those of the settings, and those of the models folder, where they
/// may come and go while the server runs.
///
/// The engine is opened by the first who asks a model.
///
/// Threads: any.
@Component
public class EngineModels implements AutoCloseable {
  /// How long a look into the models folder holds.
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final InferenceSettings settings;
  private final Path dataFolder;
  private final Path folder;
  private final Map<String, EngineSettings.Model> offered = new HashMap<>();
  private SortedMap<String, Path> found = new TreeMap<>();
  private @Nullable Long lookedAt;
  private @Nullable Engine engine;
  private boolean closed;

  public EngineModels(InferenceSettings settings, Environment environment) {
    this.settings = settings;
    dataFolder = Path.of(environment.getProperty("engram.data-folder", "data"));
    folder =
        settings.modelsFolder() == null ? dataFolder.resolve("models") : settings.modelsFolder();
  }

  public InferenceSettings settings() {
    return settings;
  }

  /// Where pulled models lie.
  public Path folder() {
    return folder;
  }

  /// Where caches wait; used once there is room for them in the settings.
  public Path tierFolder() {
    return dataFolder.resolve("kv-tier");
  }

  /// All that can be asked, by name.
  public synchronized List<String> names() {
    look();
    return List.copyOf(found.keySet());
  }

  public synchronized boolean has(String name) {
    if (found.containsKey(name) && isConfigured(name)) {
      return true;
    }
    look();
    return found.containsKey(name);
  }

  private boolean isConfigured(String name) {
    InferenceSettings.Model model = settings.models().get(name);
    return model != null && model.path() != null;
  }

  private void look() {
    long now = System.nanoTime();
    if (lookedAt != null && now - lookedAt < LOOK.toNanos()) {
      return;
    }
    lookedAt = now;
    SortedMap<String, Path> all = ModelFiles.in(folder);
    settings
        .models()
        .forEach((name, model) -> {
          if (model.path() != null) {
            all.put(name, model.path());
          }
        });
    found = all;
  }

  /// Where a model's files come from.
  public enum Origin {
    /// Fetched from a hub; can be fetched again.
    PULLED,
    /// Put into the folder by somebody.
    PLACED,
    /// Named by the settings, wherever it lies.
    SETTINGS
  }

  /// A model's files.
  ///
  /// @param manifest of one that was pulled
  public record Files(Origin origin, long bytes, @Nullable ModelManifest manifest) {}

  /// The files of each model that can be asked, by name.
  public Map<String, Files> files() {
    SortedMap<String, Path> all;
    synchronized (this) {
      look();
      all = found;
    }
    Map<String, ModelManifest> pulled = ModelFiles.pulled(folder);
    Map<String, Files> files = new TreeMap<>();
    all.forEach((name, path) -> {
      ModelManifest manifest = isConfigured(name) ? null : pulled.get(name);
      if (manifest != null) {
        files.put(name, new Files(Origin.PULLED, manifest.bytes(), manifest));
      } else {
        Origin origin = isConfigured(name) ? Origin.SETTINGS : Origin.PLACED;
        files.put(name, new Files(origin, ModelFiles.bytes(path), null));
      }
    });
    return files;
  }

  /// Unloads a model that no request uses.
  ///
  /// @return false if requests use it, and it stays
  public boolean unload(String name) throws InterruptedException {
    Engine open;
    synchronized (this) {
      open = engine;
    }
    return open == null || !open.models().contains(name) || open.unload(name);
  }

  /// Unloads a model that was pulled, and removes its files.
  ///
  /// @return false if requests use it, and it stays
  /// @throws engram.inference.hub.HubException if it is not there, or is being pulled
  public boolean remove(String name) throws InterruptedException {
    if (!unload(name)) {
      return false;
    }
    new Models(folder, Clock.systemUTC()).remove(ModelName.parse(name));
    changed(name);
    return true;
  }

  /// Another look is due: this model's files have changed.
  synchronized void changed(String name) {
    lookedAt = null;
    offered.remove(name);
  }

  /// The engine, which knows this model.
  ///
  /// @throws IllegalArgumentException if there is no such model, or it can never be loaded
  public synchronized Engine with(String name) {
    if (!has(name)) {
      throw new IllegalArgumentException("there is no model '" + name + "'");
    }
    Engine open = open();
    EngineSettings.Model model = of(name, found.getOrDefault(name, folder));
    if (!model.equals(offered.get(name))) {
      open.offer(model);
      offered.put(name, model);
    }
    return open;
  }

  /// Prompt and output of a model together at most, as far as the settings say; its own files may
  /// say less.
  public int contextTokens(String name) {
    InferenceSettings.Model own = settings.models().get(name);
    return own == null || own.contextTokens() == null
        ? settings.contextTokens()
        : own.contextTokens();
  }

  /// Null while nobody has asked a model.
  public synchronized @Nullable EngineStatus status() {
    return engine == null ? null : engine.status();
  }

  private EngineSettings.Model of(String name, Path path) {
    InferenceSettings.Model own =
        settings.models().getOrDefault(name, new InferenceSettings.Model(null, null, null, null));
    return new EngineSettings.Model(
        name,
        path,
        contextTokens(name),
        (own.cacheBytes() == null ? settings.cacheBytes() : own.cacheBytes()).toBytes(),
        own.cacheType() == null ? settings.cacheType() : own.cacheType());
  }

  private Engine open() {
    if (closed) {
      throw new IllegalStateException("the server stops");
    }
    Engine open = engine;
    if (open == null) {
      DataSize tierBytes = settings.tierBytes();
      EngineSettings.Tier tier =
          tierBytes == null ? null : new EngineSettings.Tier(tierFolder(), tierBytes.toBytes());
      open =
          Engine.open(
              new EngineSettings(List.of(), memoryBytes(), settings.schedule().settings(), tier));
      engine = open;
    }
    return open;
  }

  public long memoryBytes() {
    if (settings.memory() != null) {
      return settings.memory().toBytes();
    }
    var machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return machine.getTotalMemorySize() / 2;
  }

  /// Ends all requests to all models.
  @Override
  public synchronized void close() {
    closed = true;
    if (engine != null) {
      engine.close();
      engine = null;
    }
  }
}
