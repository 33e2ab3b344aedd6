package engram.memory;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A question to an assistant that remembers: what is recalled for it, and what is kept of it.
///
/// Recall comes before the answer and [#keep] after it, whoever answers. What was recalled is never
/// kept: a system that reads its own notes learns nothing new from them.
///
/// Threads: any.
public interface Turns {
  /// A message of the conversation.
  ///
  /// @param role user, assistant or system
  record Line(Role role, String text) {}

  /// A turn and where it belongs.
  ///
  /// @param place where it is kept, see [MemoryScope#isPlace]
  /// @param from what is recalled from: the same user's, of any agent and run
  /// @param session the conversation that it is part of
  /// @param id the caller's own name for this turn, so that a repeated request is the same turn;
  ///   null where there is none, and then a request that repeats the session's last turn is that
  ///   turn
  /// @param conversation all lines, oldest first; the last ones are the user's question
  /// @param at when the user asked
  record Turn(
      MemoryScope place,
      MemoryScope from,
      String session,
      @Nullable String id,
      List<Line> conversation,
      Instant at) {
    public Turn {
      place.requirePlace();
      if (!place.tenant().equals(from.tenant()) || !place.user().equals(from.user())) {
        throw new IllegalArgumentException("what is recalled for a turn is the same user's");
      }
      conversation = List.copyOf(conversation);
    }

    /// The user's lines since the last answer.
    public List<String> asked() {
      int from = conversation.size();
      while (from > 0 && conversation.get(from - 1).role() == Role.USER) {
        from--;
      }
      return conversation.subList(from, conversation.size()).stream()
          .map(Line::text)
          .filter(text -> !text.isBlank())
          .toList();
    }
  }

  /// What bears on a turn.
  ///
  /// @param items events, best first, without those that the conversation itself holds
  /// @param facts what holds now of all that the items say something about
  record Recollection(List<Recall.Recalled> items, List<Fact> facts, int tokens) {
    public Recollection {
      items = List.copyOf(items);
      facts = List.copyOf(facts);
    }

    public boolean isEmpty() {
      return items.isEmpty() && facts.isEmpty();
    }
  }

  /// @param items events at most
  /// @param budgetTokens of events, by [Recall#tokens]; 0 for any number
  Recollection recall(Turn turn, int items, int budgetTokens);

  /// Whether everything that was recalled is there still: an answer that quotes what was erased
  /// while it was written is not to be kept.
  boolean isThere(Turn turn, Recollection recollection);

  /// Appends the user's lines and the answer. The same turn again adds nothing, whatever the answer
  /// is this time; a turn whose answer was never kept gets it.
  ///
  /// @param answer blank for none, such as that of a stream that was broken off
  /// @return the events of the turn, in order
  List<EventLog.Appended> keep(Turn turn, String answer, Instant answeredAt);
}
