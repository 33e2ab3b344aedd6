package engram.api.wiring;

import engram.api.engine.EngineModels;
import engram.api.engine.InferenceSettings;
import engram.memory.FactExtractor;
import engram.memory.Summariser;
import engram.memory.Surprise;
import engram.memory.TextVectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Gives the memory room the models that there are. The beans are null where nothing is set; see
/// [ModelsConfiguration].
@Configuration(proxyBeanMethods = false)
class MemoryModels {
  @Bean
  @ConditionalOnMissingBean
  @Nullable Summariser memorySummariser(ObjectProvider<ChatModel> chat) {
    @Nullable ChatModel model = chat.getIfAvailable();
    return model == null ? null : new ModelSummaries(model);
  }

  /// Asked only where `engram.memory.facts.extractor` says so.
  @Bean
  @ConditionalOnMissingBean
  @Nullable FactExtractor memoryFacts(ObjectProvider<ChatModel> chat) {
    @Nullable ChatModel model = chat.getIfAvailable();
    return model == null ? null : new ModelFacts(model);
  }

  @Bean
  @ConditionalOnMissingBean
  @Nullable Surprise memorySurprise(InferenceSettings settings, EngineModels ours) {
    String model = settings.surpriseModel();
    return model == null ? null : new EngineSurprise(ours, model);
  }

  @Bean
  @ConditionalOnMissingBean
  @Nullable TextVectors memoryVectors(
      ObjectProvider<EmbeddingModel> embedding, EmbeddingSettings settings) {
    @Nullable EmbeddingModel model = embedding.getIfAvailable();
    if (model == null) {
      return null;
    }
    String name = settings.model() == null ? model.getClass().getSimpleName() : settings.model();
    return new EmbeddedTexts(
        settings.dimensions() == null ? name : name + "/" + settings.dimensions(), model);
  }
}
