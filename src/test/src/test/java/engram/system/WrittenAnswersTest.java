package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseStreamEvent;
import engram.system.StubModelServer.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Answers that a model writes on every surface: cited where a document carries them, marked where
/// none does, and not shown where nothing of them is carried.
class WrittenAnswersTest {
  private static final String INVENTED = "Otto Finn painted the lighthouse green in 1999.";
  private static final ModelWorld WORLD = ModelWorld.shared();

  @BeforeEach
  void behave() {
    WORLD.behave();
  }

  @Test
  void askIsGeneratedAndEachSentenceIsCited() {
    JsonNode answer = WORLD.ask();
    assertThat(answer.path("outcome").asString()).isEqualTo("generated");
    assertThat(answer.path("text").asString()).isEqualTo(ModelWorld.TRUE_TEXT);
    assertThat(answer.path("model").asString()).isEqualTo(StubModelServer.CHAT_MODEL);
    assertThat(answer.path("unsupported")).isEmpty();
    assertEachSentenceIsCited(answer.path("text").asString(), answer.path("citations"));
    for (JsonNode citation : answer.path("citations")) {
      JsonNode span = citation.path("source").path("span");
      assertThat(ModelWorld.TEXT.substring(span.path("start").asInt(), span.path("end").asInt()))
          .isEqualTo(citation.path("quote").asString());
    }
    assertThat(answer.path("usage").path("prompt_tokens").asInt()).isEqualTo(100);
  }

  @Test
  void askStreamsTheSameAnswer() {
    Map<String, List<JsonNode>> events = WORLD.askEvents();
    assertThat(events.keySet()).containsExactly("passages", "text", "answer");
    StringBuilder text = new StringBuilder();
    events.get("text").forEach(event -> text.append(event.path("delta").asString()));
    assertThat(text).hasToString(ModelWorld.TRUE_TEXT);
    assertThat(events.get("text")).as("it comes in pieces").hasSizeGreaterThan(3);
    JsonNode answer = events.get("answer").getFirst();
    assertThat(answer.path("text").asString()).isEqualTo(ModelWorld.TRUE_TEXT);
    assertEachSentenceIsCited(ModelWorld.TRUE_TEXT, answer.path("citations"));
  }

  @Test
  void chatIsGeneratedWholeAndStreamed() {
    ChatCompletion whole = WORLD.client.chat().completions().create(WORLD.chat(WORLD.grounded()));
    var message = whole.choices().getFirst().message();
    assertThat(message.content()).contains(ModelWorld.TRUE_TEXT);
    assertThat(message.annotations().orElseThrow()).hasSizeGreaterThanOrEqualTo(2);
    assertThat(whole.usage().orElseThrow().totalTokens()).isEqualTo(120);
    assertThat(engram(whole._additionalProperties())).contains("outcome=generated");

    StringBuilder text = new StringBuilder();
    StringBuilder more = new StringBuilder();
    try (var chunks =
        WORLD.client.chat().completions().createStreaming(WORLD.chat(WORLD.grounded()))) {
      chunks.stream()
          .forEach(chunk -> {
            chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
            more.append(chunk._additionalProperties());
          });
    }
    assertThat(text).hasToString(ModelWorld.TRUE_TEXT);
    assertThat(more).contains("outcome=generated");
  }

  @Test
  void aResponseWithFileSearchIsGeneratedKeptAndStreamed() {
    Response whole = WORLD.client.responses().create(WORLD.response());
    assertResponse(whole);
    assertResponse(WORLD.client.responses().retrieve(whole.id()));

    Response streamed = null;
    StringBuilder text = new StringBuilder();
    try (var events = WORLD.client.responses().createStreaming(WORLD.response())) {
      for (ResponseStreamEvent event : (Iterable<ResponseStreamEvent>) events.stream()::iterator) {
        event.outputTextDelta().ifPresent(delta -> text.append(delta.delta()));
        if (event.isCompleted()) {
          streamed = event.asCompleted().response();
        }
      }
    }
    assertThat(text).hasToString(ModelWorld.TRUE_TEXT);
    assertThat(streamed).isNotNull();
    assertResponse(streamed);
    assertResponse(WORLD.client.responses().retrieve(streamed.id()));
  }

  private static void assertResponse(Response response) {
    assertThat(response.output().getFirst().isFileSearchCall()).isTrue();
    var text = response.output().getLast().asMessage().content().getFirst().asOutputText();
    assertThat(text.text()).isEqualTo(ModelWorld.TRUE_TEXT);
    assertThat(text.annotations()).hasSizeGreaterThanOrEqualTo(2);
    assertThat(engram(response._additionalProperties())).contains("outcome=generated");
  }

  @Test
  void anAnswerThatIsCutShortSaysSoOnEverySurface() {
    WORLD.model.chats(new Script.CutShort(ModelWorld.TRUE_ANSWER + " The keeper's"));
    assertThat(WORLD.ask().path("finish_reason").asString()).isEqualTo("length");
    assertThat(WORLD.askEvents().get("answer").getFirst().path("finish_reason").asString())
        .isEqualTo("length");
    for (String model : List.of(WORLD.grounded(), StubModelServer.CHAT_MODEL)) {
      ChatCompletion whole = WORLD.client.chat().completions().create(WORLD.chat(model));
      assertThat(whole.choices().getFirst().finishReason().asString()).isEqualTo("length");
      List<String> reasons = new ArrayList<>();
      try (var chunks = WORLD.client.chat().completions().createStreaming(WORLD.chat(model))) {
        chunks.stream()
            .flatMap(chunk -> chunk.choices().stream())
            .forEach(choice ->
                choice.finishReason().ifPresent(reason -> reasons.add(reason.asString())));
      }
      assertThat(reasons).as(model).containsExactly("length");
    }
    Response whole = WORLD.client.responses().create(WORLD.response());
    assertIncomplete(whole);
    assertIncomplete(WORLD.client.responses().retrieve(whole.id()));
    List<Response> last = new ArrayList<>();
    try (var events = WORLD.client.responses().createStreaming(WORLD.response())) {
      events.stream()
          .forEach(event -> {
            assertThat(event.isCompleted()).isFalse();
            event.incomplete().ifPresent(incomplete -> last.add(incomplete.response()));
          });
    }
    assertThat(last).hasSize(1);
    assertIncomplete(last.getFirst());
  }

  private static void assertIncomplete(Response response) {
    assertThat(response.status().orElseThrow().asString()).isEqualTo("incomplete");
    assertThat(response.incompleteDetails().orElseThrow().reason().orElseThrow().asString())
        .isEqualTo("max_output_tokens");
    assertThat(response.output().getLast().asMessage().status().asString()).isEqualTo("incomplete");
    assertThat(engram(response._additionalProperties())).contains("outcome=generated");
  }

  @Test
  void chatWithoutDocumentsIsTheModelsOwn() {
    WORLD.model.chats(new Script.Says("Good morning [1]."));
    ChatCompletion whole =
        WORLD.client.chat().completions().create(WORLD.chat(StubModelServer.CHAT_MODEL));
    assertThat(whole.choices().getFirst().message().content()).contains("Good morning [1].");
    assertThat(WORLD.chatStream(StubModelServer.CHAT_MODEL)).isEqualTo("Good morning [1].");
  }

  @Test
  void aSentenceThatNoSourceCarriesIsMarkedAndNotCited() {
    WORLD.model.chats(
        new Script.Says(ModelWorld.TRUE_ANSWER + " " + INVENTED.replace(".", " [1].")));
    JsonNode answer = WORLD.ask();
    String text = answer.path("text").asString();
    assertThat(answer.path("outcome").asString()).isEqualTo("generated");
    assertThat(text).isEqualTo(ModelWorld.TRUE_TEXT + " " + INVENTED);
    assertThat(answer.path("unsupported")).hasSize(1);
    JsonNode span = answer.path("unsupported").get(0);
    assertThat(text.substring(span.path("start").asInt(), span.path("end").asInt()))
        .isEqualTo(INVENTED);
    assertEachSentenceIsCited(ModelWorld.TRUE_TEXT, answer.path("citations"));
    for (JsonNode citation : answer.path("citations")) {
      assertThat(citation.path("answer_span").path("end").asInt())
          .isLessThanOrEqualTo(ModelWorld.TRUE_TEXT.length());
    }
  }

  @Test
  void openAiClientsGetNoSentenceThatNoSourceCarries() {
    WORLD.model.chats(
        new Script.Says(ModelWorld.TRUE_ANSWER + " " + INVENTED.replace(".", " [1].")));
    ChatCompletion whole = WORLD.client.chat().completions().create(WORLD.chat(WORLD.grounded()));
    assertThat(whole.choices().getFirst().message().content()).contains(ModelWorld.TRUE_TEXT);
    assertThat(WORLD.chatStream(WORLD.grounded())).isEqualTo(ModelWorld.TRUE_TEXT);
    assertThat(WORLD.client.responses().create(WORLD.response()).toString())
        .doesNotContain(INVENTED);
  }

  @Test
  void anAnswerThatNoSourceCarriesIsNotShown() {
    WORLD.model.chats(new Script.Says(INVENTED));
    assertThat(WORLD.ask().path("outcome").asString()).isEqualTo("unsupported");
    assertThat(WORLD.ask().path("text").asString()).doesNotContain("Otto");
    assertThat(WORLD.askEvents().toString()).contains("unsupported").doesNotContain("Otto");
    assertThat(WORLD.chatStream(WORLD.grounded())).isNotEmpty().doesNotContain("Otto");
    assertThat(WORLD.client.responses().create(WORLD.response()).toString()).doesNotContain("Otto");
  }

  @Test
  void theModelIsNotAskedWhereNothingWasFound() {
    String empty = WORLD.api.createCollection("empty");
    WORLD.model.chats(new Script.Says(ModelWorld.TRUE_ANSWER));
    JsonNode answer =
        WORLD.api.post(
            "/api/ask", Map.of("question", ModelWorld.QUESTION, "collections", List.of(empty)));
    assertThat(answer.path("outcome").asString()).isEqualTo("unsupported");
    assertThat(WORLD.model.requests()).isEmpty();
  }

  private static String engram(Map<String, ?> more) {
    return String.valueOf(more.get("engram"));
  }

  /// The sentences of `text` end with a full stop, and each has a citation that covers it.
  private static void assertEachSentenceIsCited(String text, JsonNode citations) {
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('.', start) + 1;
      int from = start;
      boolean cited = false;
      for (JsonNode citation : citations) {
        JsonNode span = citation.path("answer_span");
        cited |= span.path("start").asInt() <= from && span.path("end").asInt() >= end;
      }
      assertThat(cited).as("%s is cited by %s", text.substring(start, end), citations).isTrue();
      start = end + 1;
    }
  }
}
