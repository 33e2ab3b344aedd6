package engram.api.wiring;

import engram.retrieval.EmbeddingModels;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// The model that makes vectors; none, and no vector search, unless `model` is set.
///
/// @param baseUrl of an OpenAI-compatible server, with `/v1`; without one the model is one of this
///   process
/// @param apiKey best given as the environment variable `ENGRAM_EMBEDDING_API_KEY`
/// @param dimensions asked of the model; null for its own
/// @param models further ones, which builds of collections can name
@ConfigurationProperties("engram.embedding")
public record EmbeddingSettings(
    @Nullable String baseUrl,
    @Nullable String apiKey,
    @Nullable String model,
    @Nullable Integer dimensions,
    @DefaultValue("60s") Duration timeout,
    @DefaultValue("2") int retriesMax,
    @Nullable Map<String, Further> models) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /// @param dimensions asked of the model; null for its own
  public record Further(
      @Nullable String baseUrl,
      @Nullable String apiKey,
      @Nullable String model,
      @Nullable Integer dimensions,
      @DefaultValue("60s") Duration timeout,
      @DefaultValue("2") int retriesMax) {
    @Override
    public String toString() {
      return "Further[baseUrl=" + baseUrl + ", model=" + model + "]";
    }

    /// What its vectors are stored under: all that makes them comparable.
    String storedAs(String name) {
      return name + "/" + model + (dimensions == null ? "" : "/" + dimensions);
    }
  }

  public EmbeddingSettings {
    ModelServer.check("engram.embedding", baseUrl, model, timeout, retriesMax);
    checkDimensions("engram.embedding", dimensions);
    models = models == null ? Map.of() : Map.copyOf(models);
    models.forEach((name, further) -> {
      String prefix = "engram.embedding.models." + name;
      if (!NAME.matcher(name).matches() || name.equals(EmbeddingModels.DEFAULT)) {
        throw new IllegalArgumentException(
            prefix + " has a name that is taken, or is not of letters, digits, '.', '_' and '-'");
      }
      if (ModelServer.isBlank(further.model())) {
        throw new IllegalArgumentException(prefix + ".model is needed");
      }
      ModelServer.check(
          prefix, further.baseUrl(), further.model(), further.timeout(), further.retriesMax());
      checkDimensions(prefix, further.dimensions());
    });
  }

  private static void checkDimensions(String prefix, @Nullable Integer dimensions) {
    if (dimensions != null && (dimensions < 1 || dimensions > 16_384)) {
      throw new IllegalArgumentException(
          prefix + ".dimensions " + dimensions + " is not in [1, 16384]");
    }
  }

  @Override
  public Map<String, Further> models() {
    return models == null ? Map.of() : models;
  }

  @Override
  public String toString() {
    return "EmbeddingSettings[baseUrl="
        + baseUrl
        + ", model="
        + model
        + ", dimensions="
        + dimensions
        + ", apiKey="
        + (apiKey == null ? "none" : "***")
        + "]";
  }
}
