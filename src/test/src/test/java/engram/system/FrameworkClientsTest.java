package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.openai.OpenAiChatModel;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.ai.openai.OpenAiChatOptions;

/// The two Java frameworks get answers from documents by nothing but a base URL and a model name.
class FrameworkClientsTest {
  private static final String QUESTION = "Where do the ferries to Gullholm depart?";
  private static String model;

  @BeforeAll
  static void putADocumentIn() throws Exception {
    Api api = RunningServer.shared().admin();
    String collection = api.createCollection("ferries");
    api.putDocument(
        collection,
        "ferries.txt",
        "Ferries to Gullholm depart from the north quay every hour. Tickets are sold on board.");
    model = "engram/" + collection;
  }

  @Test
  void langChain4jGetsAnAnswer() {
    OpenAiChatModel chat =
        OpenAiChatModel.builder()
            .baseUrl(RunningServer.shared().url() + "/v1")
            .apiKey(RunningServer.shared().adminKey())
            .modelName(model)
            .maxRetries(0)
            .timeout(Duration.ofSeconds(60))
            .build();
    assertThat(chat.chat(QUESTION)).contains("north quay");
  }

  @Test
  void springAiGetsAnAnswerAndAStreamOfTheSame() {
    var chat =
        org.springframework.ai.openai.OpenAiChatModel.builder()
            .options(
                OpenAiChatOptions.builder()
                    .baseUrl(RunningServer.shared().url() + "/v1")
                    .apiKey(RunningServer.shared().adminKey())
                    .model(model)
                    .maxRetries(0)
                    .timeout(Duration.ofSeconds(60))
                    .build())
            .build();
    String answer = chat.call(QUESTION);
    assertThat(answer).contains("north quay");
    assertThat(String.join("", chat.stream(QUESTION).toIterable())).isEqualTo(answer);
  }
}
