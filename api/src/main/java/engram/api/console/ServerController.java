package engram.api.console;

import engram.api.ApiSettings;
import engram.api.admin.Tenants;
import engram.api.security.AnyKey;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.api.wiring.ChatSettings;
import engram.api.wiring.EmbeddingSettings;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/// What this server is and how it is set up.
@RestController
@RequestMapping("/api/server")
class ServerController {
  private static final String UNNAMED_MODEL = "a model of this deployment";

  private final @Nullable String version;
  private final @Nullable String chatModel;
  private final @Nullable String embeddingModel;
  private final List<String> furtherEmbeddingModels;
  private final ApiSettings settings;
  private final SettingsInForce inForce;
  private final Tenants tenants;

  ServerController(
      ObjectProvider<BuildProperties> build,
      ObjectProvider<ChatModel> chat,
      ObjectProvider<EmbeddingModel> embedding,
      ChatSettings chatSettings,
      EmbeddingSettings embeddingSettings,
      ApiSettings settings,
      SettingsInForce inForce,
      Tenants tenants) {
    version =
        Optional.ofNullable(build.getIfAvailable()).map(BuildProperties::getVersion).orElse(null);
    chatModel = name(chat.getIfAvailable(), chatSettings.model());
    embeddingModel = name(embedding.getIfAvailable(), embeddingSettings.model());
    furtherEmbeddingModels = embeddingSettings.models().keySet().stream().sorted().toList();
    this.settings = settings;
    this.inForce = inForce;
    this.tenants = tenants;
  }

  /// @param version null where the program was not built by Maven
  /// @param chatModel null: answers are extractive
  /// @param embeddingModel null: search is by words alone
  @JsonNaming(SnakeCaseStrategy.class)
  record View(
      @Nullable String version,
      Instant startedAt,
      @Nullable String chatModel,
      @Nullable String embeddingModel,
      List<String> furtherEmbeddingModels,
      long uploadBytesMax) {}

  record Settings(List<SettingsInForce.Setting> settings) {}

  @AnyKey
  @GetMapping
  View get() {
    return new View(
        version,
        Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()),
        chatModel,
        embeddingModel,
        furtherEmbeddingModels,
        settings.uploadBytesMax().toBytes());
  }

  /// All of Engram's settings as they are in force; secrets are not shown.
  @Requires(Verb.ADMIN)
  @GetMapping("/settings")
  Settings settings(Caller caller) {
    tenants.checkOperator(caller);
    return new Settings(inForce.all());
  }

  private static @Nullable String name(@Nullable Object model, @Nullable String name) {
    if (model == null) {
      return null;
    }
    return name == null || name.isBlank() ? UNNAMED_MODEL : name;
  }
}
