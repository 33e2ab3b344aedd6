package engram.memory;

import engram.memory.Turns.Line;
import engram.memory.Turns.Recollection;
import engram.memory.Turns.Turn;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.client.ChatClientMessageAggregator;
import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.api.Advisor;
import org.springframework.ai.chat.client.advisor.api.AdvisorChain;
import org.springframework.ai.chat.client.advisor.api.BaseAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import reactor.core.publisher.Flux;

/// Gives a Spring AI `ChatClient` a memory: what bears on the user's question is put before the
/// model as data, and question and answer are kept afterwards, once.
///
/// The conversation is named by Spring AI's own parameter, [ChatMemory#CONVERSATION_ID]; without it
/// the session is `chat`. What was recalled stands in the response's context under [#RECALLED], as
/// a [Recollection].
///
/// Threads: any.
public final class MemoryAdvisor implements BaseAdvisor {
  public static final String RECALLED = "engram.recalled";
  private static final String TURN = "engram.turn";
  private static final String SESSION = "chat";

  private final Turns turns;
  private final MemoryScope place;
  private final MemoryScope from;
  private final int items;
  private final int budgetTokens;
  private final Clock clock;

  /// @param place where turns are kept
  /// @param from what is recalled from, the same user's
  /// @param items events recalled at most
  /// @param budgetTokens of events; 0 for any number
  public MemoryAdvisor(
      Turns turns, MemoryScope place, MemoryScope from, int items, int budgetTokens, Clock clock) {
    this.turns = turns;
    this.place = place.requirePlace();
    this.from = from;
    this.items = items;
    this.budgetTokens = budgetTokens;
    this.clock = clock;
  }

  /// Where Spring AI's own memories stand.
  @Override
  public int getOrder() {
    return Advisor.DEFAULT_CHAT_MEMORY_PRECEDENCE_ORDER;
  }

  @Override
  public ChatClientRequest before(ChatClientRequest request, AdvisorChain chain) {
    Object session = request.context().get(ChatMemory.CONVERSATION_ID);
    Turn turn =
        new Turn(
            place,
            from,
            session == null ? SESSION : session.toString(),
            null,
            lines(request.prompt().getInstructions()),
            clock.instant());
    Recollection recollection = turns.recall(turn, items, budgetTokens);
    String notes = MemoryNotes.of(recollection);
    ChatClientRequest.Builder changed =
        request.mutate().context(TURN, turn).context(RECALLED, recollection);
    if (!notes.isEmpty()) {
      changed.prompt(
          request
              .prompt()
              .augmentSystemMessage(system -> {
                String own = system.getText();
                return system
                    .mutate()
                    .text(own == null || own.isBlank() ? notes : own + "\n\n" + notes)
                    .build();
              }));
    }
    return changed.build();
  }

  private static List<Line> lines(List<Message> messages) {
    List<Line> lines = new ArrayList<>();
    for (Message message : messages) {
      String text = message.getText();
      boolean calls = message instanceof AssistantMessage said && said.hasToolCalls();
      if (text == null || calls) {
        continue; // a step to an answer is none: it would end the turn
      }
      switch (message.getMessageType()) {
        case USER -> lines.add(new Line(Role.USER, text));
        case ASSISTANT -> lines.add(new Line(Role.ASSISTANT, text));
        case SYSTEM -> lines.add(new Line(Role.SYSTEM, text));
        case TOOL -> {}
      }
    }
    return lines;
  }

  @Override
  public ChatClientResponse after(ChatClientResponse response, AdvisorChain chain) {
    if (response.context().get(TURN) instanceof Turn turn) {
      turns.keep(turn, text(response.chatResponse()), clock.instant());
    }
    return response;
  }

  private static String text(@Nullable ChatResponse response) {
    Generation generation = response == null ? null : response.getResult();
    if (generation == null || generation.getOutput().hasToolCalls()) {
      return ""; // the answer is still to come
    }
    String text = generation.getOutput().getText();
    return text == null ? "" : text;
  }

  /// Pieces go through as they come; the turn is kept when the last one has.
  @Override
  public Flux<ChatClientResponse> adviseStream(
      ChatClientRequest request, StreamAdvisorChain chain) {
    return Flux.defer(() -> chain.nextStream(before(request, chain)))
        .subscribeOn(getScheduler())
        .transform(pieces ->
            new ChatClientMessageAggregator()
                .aggregateChatClientResponse(pieces, whole -> after(whole, chain)));
  }
}
