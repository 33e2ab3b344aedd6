package engram.api.mcp;

import engram.api.admin.Audit;
import engram.api.erase.KeptReplies;
import engram.api.erase.Mentions;
import engram.api.error.Failure;
import engram.api.error.Failures;
import engram.api.memory.MemoryPlace;
import engram.api.memory.MemoryUse;
import engram.api.security.Caller;
import engram.api.security.Verb;
import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.EventLog;
import engram.memory.Fact;
import engram.memory.FactDraft;
import engram.memory.FactSource;
import engram.memory.Facts;
import engram.memory.Forgetting;
import engram.memory.Forgetting.Preview;
import engram.memory.Forgetting.Receipt;
import engram.memory.Forgetting.Selection;
import engram.memory.LevelKeeping;
import engram.memory.MemoryNotes;
import engram.memory.MemoryScope;
import engram.memory.Recall;
import engram.memory.RecallRequest;
import engram.memory.Role;
import engram.memory.Turns.Recollection;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpStatelessServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/// `remember`, `recall`, `correct`, `forget` and `timeline`.
///
/// What goes wrong by the model's doing is told to it as the call's result, for it to mend; nothing
/// is written then.
@Component
class MemoryTools {
  private static final int ITEMS_DEFAULT = 10;
  private static final int ITEMS_MAX = 100;
  private static final int LIMIT_DEFAULT = 50;
  private static final int LIMIT_MAX = 200;

  private final EventLog log;
  private final Recall recall;
  private final Facts facts;
  private final Forgetting forgetting;
  private final LevelKeeping levels;
  private final Audit audit;
  private final MemoryUse use;
  private final JsonMapper json;
  private final Clock clock;

  MemoryTools(
      EventLog log,
      Recall recall,
      Facts facts,
      Forgetting forgetting,
      LevelKeeping levels,
      Audit audit,
      MemoryUse use,
      JsonMapper json,
      Clock clock) {
    this.use = use;
    this.log = log;
    this.recall = recall;
    this.facts = facts;
    this.forgetting = forgetting;
    this.levels = levels;
    this.audit = audit;
    this.json = json;
    this.clock = clock;
  }

  /// What a call came to.
  ///
  /// @param text for the model; null for the content as JSON
  private record Outcome(Map<String, Object> content, @Nullable String text) {}

  private interface Work {
    Outcome of(Caller caller, Arguments arguments);
  }

  List<SyncToolSpecification> all() {
    return List.of(
        tool(
            "remember",
            "Keeps something that happened or was said. The same key is kept once.",
            Verb.WRITE,
            Schemas.of("user", "text")
                .text("text", "What to remember, in the words that were used")
                .time("at", "When it happened; left out if it is being said now")
                .text("session", "The conversation that it is part of; 'notes' unless said")
                .text("role", "Who says it: user (unless said), assistant, tool or system")
                .text("speaker", "The name of who says it")
                .text("key", "A name for it, so that a repeated call keeps it once"),
            this::remember),
        tool(
            "recall",
            "Finds what was said that bears on a question, and what holds now of it.",
            Verb.READ,
            Schemas.of("user", "query")
                .text("query", "The question")
                .whole("items", "At most so many, 1 to 100; 10 unless said")
                .whole("budget_tokens", "At most so many tokens; left out for any number")
                .time("from", "Only what happened then or later")
                .time("to", "Only what happened before"),
            this::recall),
        tool(
            "correct",
            "Says what is so instead of what was believed. What was believed stays in the history,"
                + " and the correction can be taken back.",
            Verb.WRITE,
            Schemas.of("user", "subject", "predicate", "object")
                .text("subject", "Whom or what it is about, such as Ann")
                .text("predicate", "Such as 'lives in'")
                .text("object", "What is so, such as Bern")
                .whole(
                    "claim", "Number of the claim that is wrong; left out for the one that holds")
                .time("valid_from", "Since when it is so; left out where nobody says")
                .time("at", "When this was said; left out if it is being said now"),
            this::correct),
        tool(
            "forget",
            "Erases memories for good, with all that stands on them. Without 'confirm' it only says"
                + " how much would go. Name one of events, session, subject, source, or from and"
                + " to.",
            Verb.DELETE,
            Schemas.of("user")
                .numbers("events", "Numbers of events")
                .text("session", "All that was said in a conversation")
                .text("subject", "All claims about it, and the events that they quote")
                .text("source", "All from one kind of source, such as assistant")
                .time("from", "All that happened then or later")
                .time("to", "And before")
                .flag("confirm", "true to erase"),
            this::forget),
        tool(
            "timeline",
            "What happened, in order, and the facts that held at a time by what was known at a time.",
            Verb.READ,
            Schemas.of("user")
                .text("session", "One conversation; left out for all")
                .whole("after", "Number of the last event of the piece before")
                .whole("limit", "Events at most, 1 to 200; 50 unless said")
                .time("valid", "Facts that held then; the present if omitted")
                .time("known", "By what was known then; the present if omitted"),
            this::timeline));
  }

  private SyncToolSpecification tool(
      String name, String description, Verb verb, Schemas schema, Work work) {
    boolean reads = verb == Verb.READ;
    return SyncToolSpecification.builder()
        .tool(schema.tool(name, description, reads, verb == Verb.DELETE))
        .callHandler((context, request) -> call(context, request, verb, schema, work))
        .build();
  }

  private CallToolResult call(
      McpTransportContext context, CallToolRequest request, Verb verb, Schemas schema, Work work) {
    try {
      Caller caller = McpConfiguration.caller(context);
      if (!caller.may(verb)) {
        throw Failure.of(403, "missing_verb", "This key lacks the verb '" + verb.label() + "'.")
            .toException();
      }
      Outcome outcome = work.of(caller, new Arguments(request.arguments(), schema.names()));
      String text =
          outcome.text() == null ? json.writeValueAsString(outcome.content()) : outcome.text();
      return CallToolResult.builder()
          .addTextContent(text)
          .structuredContent(outcome.content())
          .isError(false)
          .build();
    } catch (RuntimeException thrown) {
      Failure failure = Failures.of(thrown);
      return CallToolResult.builder()
          .addTextContent(failure.code() + ": " + failure.message())
          .isError(true)
          .build();
    }
  }

  private static MemoryScope scope(Caller caller, Arguments arguments) {
    return MemoryPlace.of(
        caller,
        arguments.required("user"),
        arguments.text("agent", MemoryScope.SHARED),
        arguments.text("run", MemoryScope.SHARED));
  }

  private Outcome remember(Caller caller, Arguments arguments) {
    Instant at = arguments.time("at");
    EventDraft draft =
        new EventDraft(
            arguments.text("session", "notes"),
            Role.of(arguments.text("role", Role.USER.text())),
            arguments.text("speaker", ""),
            at == null ? clock.instant() : at,
            arguments.required("text"),
            arguments.text("key"),
            null,
            EventDraft.IMPORTANCE,
            Map.of());
    MemoryScope place = scope(caller, arguments);
    EventLog.Appended appended = log.append(place, List.of(draft)).getFirst();
    use.wrote(caller, place, "remember", List.of(appended.seq()));
    return new Outcome(Map.of("event", appended.seq(), "is_new", appended.isNew()), null);
  }

  private Outcome recall(Caller caller, Arguments arguments) {
    MemoryScope scope = scope(caller, arguments);
    int items = arguments.number("items", ITEMS_DEFAULT, 1, ITEMS_MAX);
    Recall.Result found =
        recall.recall(
            RecallRequest.of(scope, arguments.required("query"), items)
                .withBudget(arguments.number("budget_tokens", 0, 0, Integer.MAX_VALUE))
                .between(arguments.time("from"), arguments.time("to"))
                .at(clock.instant()));
    List<Long> seqs = found.items().stream().map(item -> item.event().seq()).toList();
    use.read(caller, scope, "recall", seqs);
    levels.recalled(found);
    List<Fact> holding = facts.concerning(scope, seqs);
    List<Map<String, Object>> shown = new ArrayList<>();
    for (Recall.Recalled item : found.items()) {
      Map<String, Object> line = Shown.event(item.event());
      line.put("score", item.score());
      shown.add(line);
    }
    String notes = MemoryNotes.of(new Recollection(found.items(), holding, found.tokens()));
    return new Outcome(
        Map.of(
            "events", shown,
            "facts", holding.stream().map(Shown::fact).toList(),
            "tokens", found.tokens(),
            "whole", found.isWhole(),
            "scope_id", Mentions.memories(caller.tenant(), scope.user())),
        notes.isEmpty() ? "Nothing is remembered that bears on this." : notes);
  }

  private Outcome correct(Caller caller, Arguments arguments) {
    MemoryScope place = scope(caller, arguments).requirePlace();
    Instant at = arguments.time("at");
    FactDraft draft =
        new FactDraft(
            arguments.required("subject"),
            arguments.required("predicate"),
            arguments.required("object"),
            true,
            arguments.time("valid_from"),
            null,
            at == null ? clock.instant() : at,
            FactSource.USER,
            List.of());
    Long claim = arguments.whole("claim");
    if (claim == null) {
      List<Fact> holding =
          facts.current(place, new Facts.Query(draft.subject(), draft.predicate()));
      claim = holding.isEmpty() ? null : holding.getFirst().claim();
    }
    Facts.Asserted asserted =
        claim == null
            ? facts.add(place, List.of(draft)).getFirst()
            : facts.correct(place, claim, draft);
    use.wrote(caller, place, "correct", List.of(asserted.claim()));
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("claim", asserted.claim());
    content.put("corrects", claim);
    content.put("holds", asserted.holds());
    return new Outcome(content, null);
  }

  private Outcome forget(Caller caller, Arguments arguments) {
    MemoryScope scope =
        MemoryPlace.forErasure(
            caller,
            arguments.required("user"),
            arguments.text("agent", MemoryScope.SHARED),
            arguments.text("run", MemoryScope.SHARED));
    Selection what = selection(arguments);
    if (!arguments.flag("confirm")) {
      Preview preview = forgetting.preview(scope, what);
      return new Outcome(
          Map.of("erased", false, "events", preview.events(), "claims", preview.claims()),
          "Nothing is erased yet. %d events and %d claims would go for good; call again with 'confirm': true."
              .formatted(preview.events(), preview.claims()));
    }
    Receipt receipt = forgetting.erase(scope, what, caller.keyId());
    use.wrote(caller, scope, "erase", List.of());
    audit.add(caller, "memory.erase", receipt.id().toString(), KeptReplies.counted(receipt));
    return new Outcome(
        Map.of(
            "erased", true,
            "receipt", receipt.id().toString(),
            "removed", receipt.removed(),
            "remaining", receipt.remaining(),
            "text", receipt.text(),
            "signature", receipt.signature()),
        null);
  }

  private static Selection selection(Arguments arguments) {
    List<Selection> selections = new ArrayList<>();
    if (arguments.has("events")) {
      selections.add(new Selection.Events(arguments.numbers("events")));
    }
    if (arguments.has("session")) {
      selections.add(new Selection.Session(arguments.required("session")));
    }
    if (arguments.has("subject")) {
      selections.add(new Selection.About(arguments.required("subject")));
    }
    if (arguments.has("source")) {
      selections.add(new Selection.From(Role.of(arguments.required("source"))));
    }
    Instant from = arguments.time("from");
    Instant to = arguments.time("to");
    if (from != null || to != null) {
      if (from == null || to == null || !from.isBefore(to)) {
        throw Arguments.invalid("from", "it is before 'to', and both are there");
      }
      selections.add(new Selection.Between(from, to));
    }
    if (selections.size() != 1) {
      throw Failure.invalid(
              null, "Name one of 'events', 'session', 'subject', 'source', and 'from' with 'to'.")
          .toException();
    }
    return selections.getFirst();
  }

  private Outcome timeline(Caller caller, Arguments arguments) {
    MemoryScope scope = scope(caller, arguments);
    int limit = arguments.number("limit", LIMIT_DEFAULT, 1, LIMIT_MAX);
    Long after = arguments.whole("after");
    String session = arguments.text("session");
    List<Event> events =
        session == null
            ? log.read(scope, after == null ? 0 : after, limit)
            : log.session(scope, session, after == null ? 0 : Math.toIntExact(after) + 1, limit);
    use.read(caller, scope, "timeline", events.stream().map(Event::seq).toList());
    Instant now = clock.instant();
    Instant valid = arguments.time("valid");
    Instant known = arguments.time("known");
    List<Fact> holding =
        known == null && valid == null
            ? facts.current(scope, Facts.Query.all())
            : facts.asOf(
                scope, Facts.Query.all(), valid == null ? now : valid, known == null ? now : known);
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("events", events.stream().map(Shown::event).toList());
    content.put("facts", holding.stream().limit(ITEMS_MAX).map(Shown::fact).toList());
    content.put("facts_left_out", Math.max(0, holding.size() - ITEMS_MAX));
    if (events.size() == limit) {
      Event last = events.getLast();
      content.put("next", session == null ? last.seq() : last.position());
    }
    return new Outcome(content, null);
  }
}
