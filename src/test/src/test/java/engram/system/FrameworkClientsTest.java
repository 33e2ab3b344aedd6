package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;

/// The two Java frameworks get answers from documents, whole and streamed, and vectors by nothing
/// but a base URL and a model name.
class FrameworkClientsTest {
  private static final ModelWorld WORLD = ModelWorld.shared();
  private static final String URL = WORLD.server.url() + "/v1";
  private static final String KEY = WORLD.server.adminKey();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @BeforeEach
  void behave() {
    WORLD.behave();
  }

  @Test
  void langChain4jGetsAnAnswer() {
    OpenAiChatModel chat =
        OpenAiChatModel.builder()
            .baseUrl(URL)
            .apiKey(KEY)
            .modelName(WORLD.grounded())
            .maxRetries(0)
            .timeout(PATIENCE)
            .build();
    assertThat(chat.chat(ModelWorld.QUESTION)).isEqualTo(ModelWorld.TRUE_TEXT);
  }

  @Test
  void langChain4jGetsAStreamOfTheSame() throws Exception {
    OpenAiStreamingChatModel chat =
        OpenAiStreamingChatModel.builder()
            .baseUrl(URL)
            .apiKey(KEY)
            .modelName(WORLD.grounded())
            .timeout(PATIENCE)
            .build();
    StringBuffer pieces = new StringBuffer();
    CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    chat.chat(
        ModelWorld.QUESTION,
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String piece) {
            pieces.append(piece);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            whole.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    ChatResponse response = whole.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(response.aiMessage().text()).isEqualTo(ModelWorld.TRUE_TEXT);
    assertThat(pieces).hasToString(ModelWorld.TRUE_TEXT);
    assertThat(response.tokenUsage().totalTokenCount()).isEqualTo(120);
  }

  @Test
  void langChain4jGetsVectors() {
    OpenAiEmbeddingModel vectors =
        OpenAiEmbeddingModel.builder()
            .baseUrl(URL)
            .apiKey(KEY)
            .modelName(StubModelServer.EMBEDDING_MODEL)
            .maxRetries(0)
            .timeout(PATIENCE)
            .build();
    assertThat(vectors.embed("a lamp").content().vector())
        .isEqualTo(StubModelServer.vector("a lamp", StubModelServer.DIMENSIONS));
  }

  @Test
  void springAiGetsAnAnswerAndAStreamOfTheSame() {
    var chat =
        org.springframework.ai.openai.OpenAiChatModel.builder()
            .options(
                OpenAiChatOptions.builder()
                    .baseUrl(URL)
                    .apiKey(KEY)
                    .model(WORLD.grounded())
                    .maxRetries(0)
                    .timeout(PATIENCE)
                    .build())
            .build();
    assertThat(chat.call(ModelWorld.QUESTION)).isEqualTo(ModelWorld.TRUE_TEXT);
    assertThat(String.join("", chat.stream(ModelWorld.QUESTION).toIterable()))
        .isEqualTo(ModelWorld.TRUE_TEXT);
  }

  @Test
  void springAiGetsVectors() {
    var vectors =
        org.springframework.ai.openai.OpenAiEmbeddingModel.builder()
            .options(
                OpenAiEmbeddingOptions.builder()
                    .baseUrl(URL)
                    .apiKey(KEY)
                    .model(StubModelServer.EMBEDDING_MODEL)
                    .maxRetries(0)
                    .timeout(PATIENCE)
                    .build())
            .build();
    assertThat(vectors.embed("a lamp"))
        .isEqualTo(StubModelServer.vector("a lamp", StubModelServer.DIMENSIONS));
  }
}
