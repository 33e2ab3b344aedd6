package engram.api.wiring;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// The model that writes answers; none unless `model` is set.
///
/// @param baseUrl of an OpenAI-compatible server, with `/v1`; without one the model is one of this
///   process
/// @param apiKey best given as the environment variable `ENGRAM_CHAT_API_KEY`
/// @param timeout of one request, to its last token
/// @param retriesMax after a failed connection or a status that says to try again
/// @param tokenizer the model's vocabulary, by which budgets are counted: its `tokenizer.json`,
///   GGUF file, SentencePiece `tokenizer.model` or tiktoken file
@ConfigurationProperties("engram.chat")
public record ChatSettings(
    @Nullable String baseUrl,
    @Nullable String apiKey,
    @Nullable String model,
    @DefaultValue("120s") Duration timeout,
    @DefaultValue("2") int retriesMax,
    @Nullable Path tokenizer) {
  public ChatSettings {
    ModelServer.check("engram.chat", baseUrl, model, timeout, retriesMax);
  }

  @Override
  public String toString() {
    return "ChatSettings[baseUrl=" + baseUrl + ", model=" + model + ", apiKey=" + masked() + "]";
  }

  private String masked() {
    return apiKey == null ? "none" : "***";
  }
}
