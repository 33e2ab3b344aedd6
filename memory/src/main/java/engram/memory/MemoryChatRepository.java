package engram.memory;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.ai.chat.memory.ChatMemoryRepository;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;

/// Spring AI's store of conversations over the event log: a conversation is a session of one place,
/// a message an event.
///
/// The log is append-only. So saving adds what is new and drops nothing that a window leaves out;
/// messages that were read from here are known by their metadata, others by standing where the
/// conversation ends. Deleting a conversation erases it, with a receipt.
///
/// Calls of tools are kept as text and read again as text: an assistant's message of calls alone
/// has none and is left out, together with the answers to it. Threads: any; whoever adds to one
/// conversation does it from one thread at a time.
public final class MemoryChatRepository implements ChatMemoryRepository {
  /// Messages of a conversation that are read, the last ones; and conversations that are listed.
  public static final int READ_MAX = EventLog.BATCH_MAX;

  /// Metadata of messages that were read from here: the event's number.
  static final String EVENT = "engram.event";

  private final EventLog log;
  private final Forgetting forgetting;
  private final MemoryScope place;
  private final Clock clock;

  public MemoryChatRepository(EventLog log, Forgetting forgetting, MemoryScope place, Clock clock) {
    this.log = log;
    this.forgetting = forgetting;
    this.place = place.requirePlace();
    this.clock = clock;
  }

  @Override
  public List<String> findConversationIds() {
    return log.sessions(place, READ_MAX);
  }

  @Override
  public List<Message> findByConversationId(String conversationId) {
    return log.tail(place, conversationId, READ_MAX).stream()
        .filter(event -> event.role() != Role.RECALLED && event.role() != Role.TOOL)
        .map(MemoryChatRepository::message)
        .toList();
  }

  private static Message message(Event event) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put(EVENT, event.seq());
    return switch (event.role()) {
      case USER -> UserMessage.builder().text(event.text()).metadata(metadata).build();
      case SYSTEM -> SystemMessage.builder().text(event.text()).metadata(metadata).build();
      case ASSISTANT, TOOL, RECALLED ->
          AssistantMessage.builder().content(event.text()).properties(metadata).build();
    };
  }

  @Override
  public void saveAll(String conversationId, List<Message> messages) {
    List<Message> fresh = fresh(conversationId, messages.stream().filter(this::hasText).toList());
    Instant now = clock.instant();
    for (int from = 0; from < fresh.size(); from += EventLog.BATCH_MAX) {
      List<EventDraft> drafts = new ArrayList<>();
      for (Message message :
          fresh.subList(from, Math.min(fresh.size(), from + EventLog.BATCH_MAX))) {
        // A key of its own: the same words may be said twice.
        drafts.add(
            EventDraft.of(conversationId, role(message), "", now, String.valueOf(message.getText()))
                .withKey(UUID.randomUUID().toString()));
      }
      log.append(place, drafts);
    }
  }

  private boolean hasText(Message message) {
    String text = message.getText();
    return text != null && !text.isBlank() && !(message instanceof ToolResponseMessage);
  }

  /// What the log does not have: messages without our metadata, and of these not those with which
  /// the conversation ends already.
  private List<Message> fresh(String conversationId, List<Message> messages) {
    List<Message> unknown =
        messages.stream().filter(message -> !message.getMetadata().containsKey(EVENT)).toList();
    if (unknown.size() < messages.size()) {
      return unknown;
    }
    List<Message> stored = findByConversationId(conversationId);
    for (int same = Math.min(stored.size(), unknown.size()); same > 0; same--) {
      if (says(stored.subList(stored.size() - same, stored.size()), unknown.subList(0, same))) {
        return unknown.subList(same, unknown.size());
      }
    }
    return unknown;
  }

  private static boolean says(List<Message> these, List<Message> those) {
    for (int at = 0; at < these.size(); at++) {
      Message one = these.get(at);
      Message other = those.get(at);
      if (one.getMessageType() != other.getMessageType()
          || !String.valueOf(one.getText()).equals(other.getText())) {
        return false;
      }
    }
    return true;
  }

  private static Role role(Message message) {
    return switch (message.getMessageType()) {
      case USER -> Role.USER;
      case SYSTEM -> Role.SYSTEM;
      case ASSISTANT -> Role.ASSISTANT;
      case TOOL -> Role.TOOL;
    };
  }

  @Override
  public void deleteByConversationId(String conversationId) {
    forgetting.erase(place, new Forgetting.Selection.Session(conversationId), "chat memory");
  }
}
