package engram.api.wiring;

import engram.inference.VocabularyFile;
import engram.retrieval.TokenCounter;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Counts tokens by the vocabulary that is named for the chat model, wherever that runs. Null where
/// none is; see [ModelsConfiguration] for why it is declared in any case.
@Configuration(proxyBeanMethods = false)
class TokenizerConfiguration {
  @Bean
  @ConditionalOnMissingBean
  @Nullable TokenCounter tokenCounter(ChatSettings settings) {
    Path file = settings.tokenizer();
    return file == null ? null : counter(file);
  }

  private static TokenCounter counter(Path file) {
    try {
      return new Counter(file.getFileName().toString(), VocabularyFile.read(file));
    } catch (IOException unreadable) {
      throw new IllegalArgumentException(
          "engram.chat.tokenizer: " + file + " cannot be read", unreadable);
    } catch (IllegalArgumentException damaged) {
      throw new IllegalArgumentException("engram.chat.tokenizer: " + damaged.getMessage(), damaged);
    }
  }

  private record Counter(String vocabulary, VocabularyFile file) implements TokenCounter {
    @Override
    public int count(String text) {
      return file.count(text);
    }
  }
}
