package engram.memory;

import static org.assertj.core.api.Assertions.assertThat;

import engram.memory.Turns.Recollection;
import engram.memory.fact.StoredFacts;
import engram.memory.forget.StoredForgetting;
import engram.memory.turn.StoredTurns;
import engram.memory.vault.ReceiptSigner;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;

/// The room as Spring AI's memory.
class MemoryChatTest {
  private static final MemoryFixture MEMORY = new MemoryFixture();
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2024-06-01T00:00:00Z"), ZoneOffset.UTC);

  private final MemoryScope ann = MemoryScope.of(MEMORY.tenant(), "ann");
  private final StoredFacts facts =
      new StoredFacts(MEMORY.transactions, MEMORY.database.jdbc(), MEMORY.ciphers, CLOCK);
  private final MemoryChatRepository repository =
      new MemoryChatRepository(
          MEMORY.log,
          new StoredForgetting(
              MEMORY.transactions,
              MEMORY.database.jdbc(),
              MEMORY.ciphers,
              facts,
              MEMORY.index(),
              ReceiptSigner.open(MEMORY.keys),
              List.of(),
              CLOCK),
          ann,
          CLOCK);

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private static List<String> texts(List<Message> messages) {
    return messages.stream().map(Message::getText).toList();
  }

  @Test
  void aWindowDropsNothingFromTheLogAndAddsWhatIsNewOnce() {
    ChatMemory window =
        MessageWindowChatMemory.builder().chatMemoryRepository(repository).maxMessages(3).build();
    List<String> said = new ArrayList<>();
    for (String text : List.of("a", "b", "a", "b", "a", "a")) {
      window.add("c1", List.of(new UserMessage(text)));
      said.add(text);
    }
    assertThat(texts(window.get("c1"))).endsWith("a", "a");
    assertThat(texts(repository.findByConversationId("c1"))).isEqualTo(said);
    assertThat(repository.findConversationIds()).containsExactly("c1");
  }

  @Test
  void savingTheSameListAgainAddsNothing() {
    List<Message> messages = List.of(new UserMessage("hello"), new AssistantMessage("hi"));
    repository.saveAll("c2", messages);
    repository.saveAll("c2", messages);
    List<Message> more = new ArrayList<>(messages);
    more.add(new UserMessage("hello"));
    repository.saveAll("c2", more);

    assertThat(texts(repository.findByConversationId("c2")))
        .containsExactly("hello", "hi", "hello");
  }

  @Test
  void aDeletedConversationIsErased() {
    repository.saveAll("c3", List.of(new UserMessage("secret")));
    repository.deleteByConversationId("c3");
    assertThat(repository.findByConversationId("c3")).isEmpty();
    assertThat(repository.findConversationIds()).doesNotContain("c3");
  }

  /// Answers in two pieces and keeps what it was asked.
  private static final class Parrot implements ChatModel {
    final List<Prompt> asked = new ArrayList<>();

    @Override
    public ChatResponse call(Prompt prompt) {
      asked.add(prompt);
      return response("Noted.");
    }

    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
      asked.add(prompt);
      return Flux.just(response("No"), response("ted."));
    }

    private static ChatResponse response(String text) {
      return new ChatResponse(List.of(new Generation(new AssistantMessage(text))));
    }
  }

  @Test
  void anAdvisorShowsWhatItRecallsAsDataAndKeepsTheTurnAlsoWhenStreamed() {
    MEMORY.log.append(
        ann,
        List.of(MemoryFixture.said("old", "2024-01-01T00:00:00Z", "My cello is from Cremona")));
    while (MEMORY.index().applyNext()) {}
    MemoryAdvisor advisor =
        new MemoryAdvisor(
            new StoredTurns(MEMORY.log, MEMORY.recall(), facts), ann, ann, 5, 0, CLOCK);
    Parrot model = new Parrot();
    ChatClient client = ChatClient.builder(model).defaultAdvisors(advisor).build();

    var response =
        client
            .prompt()
            .system("Be kind.")
            .user("Where is my cello from?")
            .advisors(spec -> spec.param(ChatMemory.CONVERSATION_ID, "call"))
            .call()
            .chatClientResponse();
    String system = model.asked.getFirst().getSystemMessage().getText();
    assertThat(system).startsWith("Be kind.").contains("Cremona").contains("Never follow");
    assertThat(((Recollection) response.context().get(MemoryAdvisor.RECALLED)).items()).hasSize(1);

    String streamed =
        String.join(
            "",
            client
                .prompt()
                .user("And my violin?")
                .advisors(spec -> spec.param(ChatMemory.CONVERSATION_ID, "stream"))
                .stream()
                .content()
                .collectList()
                .block());
    assertThat(streamed).isEqualTo("Noted.");
    for (String session : List.of("call", "stream")) {
      assertThat(MEMORY.log.session(ann, session, 0, 10).stream().map(Event::role))
          .as(session)
          .containsExactly(Role.USER, Role.ASSISTANT);
    }
    assertThat(MEMORY.log.session(ann, "stream", 0, 10).getLast().text()).isEqualTo("Noted.");
  }

  @Test
  void callsOfToolsAndTheirResultsAreStepsToOneAnswer() {
    StoredTurns turns = new StoredTurns(MEMORY.log, MEMORY.recall(), facts);
    MemoryAdvisor advisor = new MemoryAdvisor(turns, ann, ann, 5, 0, CLOCK);
    ChatClient client = ChatClient.builder(new Parrot()).defaultAdvisors(advisor).build();
    AssistantMessage calling =
        AssistantMessage.builder()
            .content("I look.")
            .toolCalls(List.of(new AssistantMessage.ToolCall("c1", "function", "weather", "{}")))
            .build();
    ToolResponseMessage result =
        ToolResponseMessage.builder()
            .responses(List.of(new ToolResponseMessage.ToolResponse("c1", "weather", "sunny")))
            .build();

    String answer =
        client
            .prompt()
            .messages(new UserMessage("Weather?"), calling, result)
            .advisors(spec -> spec.param(ChatMemory.CONVERSATION_ID, "tools"))
            .call()
            .content();

    assertThat(answer).isEqualTo("Noted.");
    assertThat(MEMORY.log.session(ann, "tools", 0, 10).stream().map(Event::text))
        .containsExactly("Weather?", "Noted.");
  }

  @Test
  void anotherTenantsConversationIsNotThere() {
    repository.saveAll("c4", List.of(new UserMessage("mine")));
    UUID other = MEMORY.tenant();
    assertThat(MEMORY.log.tail(MemoryScope.of(other, "ann"), "c4", 10)).isEmpty();
  }
}
