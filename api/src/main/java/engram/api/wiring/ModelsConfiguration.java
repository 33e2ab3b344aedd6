package engram.api.wiring;

import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingModel;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// Makes model beans from our settings, and none where nothing is set. A deployment that brings its
/// own [ChatModel] or [EmbeddingModel] bean keeps it.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ChatSettings.class, EmbeddingSettings.class})
class ModelsConfiguration {

  /// Servers without keys still get a header, and the client library insists on one.
  private static final String NO_KEY = "none";

  @Bean
  @Conditional(ChatConfigured.class)
  @ConditionalOnMissingBean
  ChatModel chatModel(ChatSettings settings) {
    OpenAiChatOptions options =
        OpenAiChatOptions.builder()
            .baseUrl(settings.baseUrl())
            .apiKey(key(settings.apiKey()))
            .model(settings.model())
            .timeout(settings.timeout())
            .maxRetries(settings.retriesMax())
            .streamUsage(true)
            .build();
    return new WholeAnswers(OpenAiChatModel.builder().options(options).build());
  }

  @Bean
  @Conditional(EmbeddingConfigured.class)
  @ConditionalOnMissingBean
  EmbeddingModel embeddingModel(EmbeddingSettings settings) {
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
    return OpenAiEmbeddingModel.builder().options(options.build()).build();
  }

  private static String key(@Nullable String apiKey) {
    return apiKey == null || apiKey.isBlank() ? NO_KEY : apiKey;
  }

  static final class ChatConfigured implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return !ModelServer.isBlank(context.getEnvironment().getProperty("engram.chat.base-url"));
    }
  }

  static final class EmbeddingConfigured implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return !ModelServer.isBlank(
          context.getEnvironment().getProperty("engram.embedding.base-url"));
    }
  }
}
