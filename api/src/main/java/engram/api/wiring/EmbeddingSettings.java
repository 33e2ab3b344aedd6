package engram.api.wiring;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// The model that makes vectors; none, and no vector search, unless `base-url` and `model` are set.
///
/// @param baseUrl of an OpenAI-compatible server, with `/v1`
/// @param apiKey best given as the environment variable `ENGRAM_EMBEDDING_API_KEY`
/// @param dimensions asked of the model; null for its own
@ConfigurationProperties("engram.embedding")
public record EmbeddingSettings(
    @Nullable String baseUrl,
    @Nullable String apiKey,
    @Nullable String model,
    @Nullable Integer dimensions,
    @DefaultValue("60s") Duration timeout,
    @DefaultValue("2") int retriesMax) {
  public EmbeddingSettings {
    ModelServer.check("engram.embedding", baseUrl, model, timeout, retriesMax);
    if (dimensions != null && (dimensions < 1 || dimensions > 16_384)) {
      throw new IllegalArgumentException(
          "engram.embedding.dimensions " + dimensions + " is not in [1, 16384]");
    }
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
