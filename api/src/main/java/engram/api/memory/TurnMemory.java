package engram.api.memory;

import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Verb;
import engram.memory.EventDraft;
import engram.memory.LevelKeeping;
import engram.memory.MemoryScope;
import engram.memory.Recall;
import engram.memory.Turns;
import engram.memory.Turns.Line;
import engram.memory.Turns.Recollection;
import engram.memory.Turns.Turn;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/// Memory for any request to `/v1` that names one: recall before the answer, keeping after it.
///
/// Without a memory named, nothing is recalled and nothing kept. Recalling needs the verb `read`,
/// keeping `write`, and the user must be one that the key acts for.
@Component
public class TurnMemory {
  public static final String HEADER = "Engram-Memory";
  private static final String IDEMPOTENCY_KEY = "Idempotency-Key";

  private final Turns turns;
  private final LevelKeeping levels;
  private final MemoryUse use;
  private final Clock clock;

  public TurnMemory(Turns turns, LevelKeeping levels, MemoryUse use, Clock clock) {
    this.turns = turns;
    this.levels = levels;
    this.use = use;
    this.clock = clock;
  }

  /// Recalls, where a memory is named.
  ///
  /// @param engram the body's field of that name
  /// @param header as [#HEADER]
  /// @param conversation all lines, the question last
  public RememberedTurn begin(
      Caller caller,
      @Nullable JsonNode engram,
      @Nullable String header,
      HttpServletRequest request,
      List<Line> conversation) {
    Optional<TurnRequest> named = TurnRequest.of(engram, header);
    if (named.isEmpty()) {
      return RememberedTurn.NONE;
    }
    TurnRequest memory = named.get();
    requireVerbs(caller, memory);
    MemoryScope place = MemoryPlace.of(caller, memory.user(), memory.agent(), memory.run());
    if (!place.isPlace()) {
      throw Failure.invalid(
              "engram.memory",
              "A turn is kept in one place: 'agent' and 'run' are not '*'; 'from_agent' and"
                  + " 'from_run' may be.")
          .toException();
    }
    MemoryScope from = MemoryPlace.of(caller, memory.user(), memory.fromAgent(), memory.fromRun());
    Instant now = clock.instant();
    String id = memory.turn() == null ? idempotencyKey(request) : memory.turn();
    String session =
        memory.session() == null
            ? "chat " + LocalDate.ofInstant(now, ZoneOffset.UTC)
            : memory.session();
    Turn turn = new Turn(place, from, session, id, conversation, now);
    if (memory.keep()) {
      requireKeepable(turn);
    }
    Recollection recollection =
        memory.items() == 0
            ? new Recollection(List.of(), List.of(), 0)
            : turns.recall(turn, memory.items(), memory.budgetTokens());
    if (memory.items() > 0) {
      use.read(
          caller,
          from,
          "recall_for_turn",
          recollection.items().stream().map(item -> item.event().seq()).toList());
      // What conversations live on fades no faster than what is asked for by name.
      levels.recalled(new Recall.Result(recollection.items(), true, recollection.tokens()));
    }
    return new RememberedTurn(turns, turn, recollection, memory.keep(), use, caller, clock);
  }

  private static void requireVerbs(Caller caller, TurnRequest memory) {
    if (memory.items() > 0 && !caller.may(Verb.READ)) {
      throw lacks(Verb.READ, "recalled; or set 'items' to 0");
    }
    if (memory.keep() && !caller.may(Verb.WRITE)) {
      throw lacks(Verb.WRITE, "kept; or set 'keep' to false");
    }
  }

  private static RuntimeException lacks(Verb verb, String what) {
    return Failure.of(
            403,
            "missing_verb",
            "This key lacks the verb '%s', without which nothing is %s."
                .formatted(verb.label(), what))
        .toException();
  }

  /// Better known before a model was asked than after.
  private static void requireKeepable(Turn turn) {
    for (String text : turn.asked()) {
      if (text.length() > EventDraft.TEXT_CHARS_MAX || text.indexOf('\0') >= 0) {
        throw Failure.invalid(
                "messages",
                "A message that is kept has at most %d characters, none of them NUL."
                    .formatted(EventDraft.TEXT_CHARS_MAX))
            .toException();
      }
    }
  }

  private static @Nullable String idempotencyKey(HttpServletRequest request) {
    String key = request.getHeader(IDEMPOTENCY_KEY);
    return key == null || key.isBlank() || key.length() > EventDraft.NAME_CHARS_MAX ? null : key;
  }
}
