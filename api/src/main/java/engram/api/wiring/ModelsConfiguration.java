package engram.api.wiring;

import engram.api.engine.EngineChatModel;
import engram.api.engine.EngineEmbeddings;
import engram.api.engine.EngineModels;
import engram.api.engine.HubConnection;
import engram.api.engine.InferenceSettings;
import engram.retrieval.EmbeddingModels;
import engram.retrieval.Reranker;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingModel;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Makes model beans from our settings, and none where nothing is set. A deployment that brings its
/// own [ChatModel] or [EmbeddingModel] bean keeps it.
///
/// The beans are declared in any case and are null where nothing is set: conditions are decided
/// when the program is built, these settings when it starts.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({
  ChatSettings.class,
  EmbeddingSettings.class,
  InferenceSettings.class,
  HubConnection.class
})
class ModelsConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(ModelsConfiguration.class);

  /// Servers without keys still get a header, and the client library insists on one.
  private static final String NO_KEY = "none";

  @Bean
  @ConditionalOnMissingBean
  @Nullable ChatModel chatModel(ChatSettings settings, EngineModels ours) {
    String model = settings.model();
    if (model == null || model.isBlank()) {
      return null;
    }
    if (ModelServer.isBlank(settings.baseUrl())) {
      lookForOrElsewhere(model, ours, "engram.chat");
      return new EngineChatModel(ours, model, settings.timeout());
    }
    OpenAiChatOptions options =
        OpenAiChatOptions.builder()
            .baseUrl(settings.baseUrl())
            .apiKey(key(settings.apiKey()))
            .model(settings.model())
            .timeout(settings.timeout())
            .maxRetries(settings.retriesMax())
            .streamUsage(true)
            .build();
    return new WholeAnswers(
        OpenAiChatModel.builder().options(options).build(),
        new Refusals(settings.baseUrl(), settings.apiKey()));
  }

  @Bean
  @ConditionalOnMissingBean
  @Nullable EmbeddingModel embeddingModel(EmbeddingSettings settings, EngineModels ours) {
    if (ModelServer.isBlank(settings.model())) {
      return null;
    }
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      LOG.warn(
          "Vectors are compared without the processor's vector units;"
              + " java --add-modules jdk.incubator.vector makes it several times as fast");
    }
    return embeddings(
        "engram.embedding",
        new EmbeddingSettings.Further(
            settings.baseUrl(),
            settings.apiKey(),
            settings.model(),
            settings.dimensions(),
            settings.timeout(),
            settings.retriesMax()),
        ours);
  }

  /// Those that builds can name; the one above is no part of it.
  @Bean
  @ConditionalOnMissingBean
  EmbeddingModels embeddingModels(EmbeddingSettings settings, EngineModels ours) {
    Map<String, EmbeddingModels.Named> further = new HashMap<>();
    settings
        .models()
        .forEach((name, one) ->
            further.put(
                name,
                new EmbeddingModels.Named(
                    one.storedAs(name), embeddings("engram.embedding.models." + name, one, ours))));
    return new EmbeddingModels(null, further);
  }

  @Bean
  @ConditionalOnMissingBean
  @Nullable Reranker reranker(InferenceSettings settings, EngineModels ours) {
    String model = settings.rerankModel();
    if (model == null) {
      return null;
    }
    lookFor(model, ours, "engram.inference.rerank-model", "");
    return new EngineReranker(ours, model);
  }

  private static EmbeddingModel embeddings(
      String prefix, EmbeddingSettings.Further settings, EngineModels ours) {
    String model = settings.model();
    if (model == null || !ModelServer.isBlank(settings.baseUrl())) {
      return served(settings);
    }
    lookForOrElsewhere(model, ours, prefix);
    return new EngineEmbeddings(ours, model);
  }

  /// It may still come: a server that is told of a model before it is pulled starts all the same.
  private static void lookFor(String model, EngineModels ours, String setting, String orElse) {
    if (!ours.has(model)) {
      LOG.warn(
          "{} is {}, which is not in {} yet: ./engram models pull{}",
          setting,
          model,
          ours.folder(),
          orElse);
    }
  }

  private static void lookForOrElsewhere(String model, EngineModels ours, String prefix) {
    lookFor(model, ours, prefix + ".model", ", or set " + prefix + ".base-url");
  }

  private static EmbeddingModel served(EmbeddingSettings.Further settings) {
    OpenAiEmbeddingOptions.Builder options =
        OpenAiEmbeddingOptions.builder()
            .baseUrl(settings.baseUrl())
            .apiKey(key(settings.apiKey()))
            .model(settings.model())
            .timeout(settings.timeout())
            .maxRetries(settings.retriesMax());
    if (settings.dimensions() != null) {
      options.dimensions(settings.dimensions());
    }
    return new ServedEmbeddings(
        OpenAiEmbeddingModel.builder().options(options.build()).build(),
        new Refusals(settings.baseUrl(), settings.apiKey()));
  }

  private static String key(@Nullable String apiKey) {
    return apiKey == null || apiKey.isBlank() ? NO_KEY : apiKey;
  }
}
