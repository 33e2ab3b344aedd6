package engram.api.engine;

import engram.inference.EngineSettings.CacheType;
import engram.inference.ScheduleSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Models that run in this process. Nothing is loaded, and no memory taken, before one is asked
/// for.
///
/// @param modelsFolder where `models pull` puts models; each in it is one without further settings.
///   Null for `models` in the data folder
/// @param models further ones by name, or other settings for one of the folder
/// @param memory of all that are loaded at the same time, caches included; null for half of this
///   machine's
/// @param contextTokens prompt and output together at most; no more than the model was made for
/// @param cacheBytes keys and values of all requests to one model together
/// @param cacheType how they are stored
/// @param tierBytes room in the data folder for caches of requests that must wait in the middle;
///   null to compute them anew
/// @param timeout of one request, waiting included
/// @param rerankModel a cross-encoder that puts the first hits of every search into its order; null
///   for none
/// @param surpriseModel a decoder whose surprise cuts what was said into episodes; null for none
@ConfigurationProperties("engram.inference")
public record InferenceSettings(
    @Nullable Path modelsFolder,
    @Nullable Map<String, Model> models,
    @Nullable DataSize memory,
    @DefaultValue("8192") int contextTokens,
    @DefaultValue("1GB") DataSize cacheBytes,
    @DefaultValue("f16") CacheType cacheType,
    @Nullable DataSize tierBytes,
    @DefaultValue("10m") Duration timeout,
    @Nullable String rerankModel,
    @Nullable String surpriseModel,
    @DefaultValue Schedule schedule) {
  private static final String PREFIX = "engram.inference.";

  /// @param path a `.gguf` file, or a folder with `config.json`; null for that of the models folder
  /// @param contextTokens null for that of all
  public record Model(
      @Nullable Path path,
      @Nullable Integer contextTokens,
      @Nullable DataSize cacheBytes,
      @Nullable CacheType cacheType) {}

  /// Bounds of one model's scheduler: [ScheduleSettings] says what each is.
  public record Schedule(
      @DefaultValue("512") int tokensPerStep,
      @DefaultValue("64") int sequencesMax,
      @DefaultValue("1024") int waitingMax,
      @DefaultValue("512") int waitingPerTenantMax,
      @DefaultValue("256") int rowsPerStep,
      @DefaultValue("16") int draftMax,
      @DefaultValue("256") int eventsMax,
      @DefaultValue("1m") Duration patience,
      @DefaultValue("true") boolean sharePrefixes) {
    public Schedule {
      settings(
          tokensPerStep,
          sequencesMax,
          waitingMax,
          waitingPerTenantMax,
          rowsPerStep,
          draftMax,
          eventsMax,
          patience,
          sharePrefixes);
    }

    ScheduleSettings settings() {
      return settings(
          tokensPerStep,
          sequencesMax,
          waitingMax,
          waitingPerTenantMax,
          rowsPerStep,
          draftMax,
          eventsMax,
          patience,
          sharePrefixes);
    }

    private static ScheduleSettings settings(
        int tokensPerStep,
        int sequencesMax,
        int waitingMax,
        int waitingPerTenantMax,
        int rowsPerStep,
        int draftMax,
        int eventsMax,
        Duration patience,
        boolean sharePrefixes) {
      try {
        return new ScheduleSettings(
            tokensPerStep,
            sequencesMax,
            waitingMax,
            waitingPerTenantMax,
            rowsPerStep,
            draftMax,
            eventsMax,
            patience,
            sharePrefixes);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(PREFIX + "schedule: " + e.getMessage(), e);
      }
    }
  }

  public InferenceSettings {
    models = models == null ? Map.of() : new TreeMap<>(models);
    check("", contextTokens, cacheBytes);
    models.forEach((name, model) -> {
      String at = "models." + name + ".";
      if (ModelFiles.isTaken(name)) {
        throw new IllegalArgumentException(
            PREFIX + "models: the name '" + name + "' stands for documents");
      }
      if (model.path() != null && !Files.exists(model.path())) {
        throw new IllegalArgumentException(
            PREFIX + at + "path: there is no " + model.path().toAbsolutePath());
      }
      check(at, model.contextTokens(), model.cacheBytes());
    });
    if (memory != null && memory.toBytes() < 1) {
      throw new IllegalArgumentException(PREFIX + "memory " + memory + " < 1B");
    }
    if (tierBytes != null && tierBytes.toBytes() < 1) {
      throw new IllegalArgumentException(PREFIX + "tier-bytes " + tierBytes + " < 1B");
    }
    requireName("rerank-model", rerankModel);
    requireName("surprise-model", surpriseModel);
    if (!timeout.isPositive()) {
      throw new IllegalArgumentException(PREFIX + "timeout " + timeout + " is not positive");
    }
  }

  private static void requireName(String setting, @Nullable String model) {
    if (model != null && model.isBlank()) {
      throw new IllegalArgumentException(PREFIX + setting + " is blank");
    }
  }

  private static void check(
      String at, @Nullable Integer contextTokens, @Nullable DataSize cacheBytes) {
    if (contextTokens != null && contextTokens < 1) {
      throw new IllegalArgumentException(PREFIX + at + "context-tokens " + contextTokens + " < 1");
    }
    if (cacheBytes != null && cacheBytes.isNegative()) {
      throw new IllegalArgumentException(PREFIX + at + "cache-bytes " + cacheBytes + " < 0");
    }
  }

  @Override
  public Map<String, Model> models() {
    return models == null ? Map.of() : models;
  }
}
