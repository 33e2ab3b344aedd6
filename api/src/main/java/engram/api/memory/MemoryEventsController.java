package engram.api.memory;

import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.ConversationFormat;
import engram.memory.ConversationImport;
import engram.memory.ConversationImport.Imported;
import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.EventLog;
import engram.memory.EventLog.Appended;
import engram.memory.MemoryIndexing;
import engram.memory.MemoryScope;
import engram.memory.Role;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.RestController;

/// What happened, in order.
@RestController
@RequestMapping("/api/memory/events")
@Requires(Verb.READ)
class MemoryEventsController {
  private static final Duration WAIT_MAX = Duration.ofSeconds(30);
  private static final int LIMIT_DEFAULT = 100;

  private final EventLog log;
  private final ConversationImport imports;
  private final MemoryIndexing indexing;
  private final MemoryUse use;

  MemoryEventsController(
      EventLog log, ConversationImport imports, MemoryIndexing indexing, MemoryUse use) {
    this.use = use;
    this.log = log;
    this.imports = imports;
    this.indexing = indexing;
  }

  record EventsBody(
      @Nullable String user,
      @Nullable String agent,
      @Nullable String run,
      @Nullable List<EventBody> events) {}

  /// @param at when it happened, ISO 8601; there is no default
  /// @param key the caller's own name for it: the same key again is the same event
  /// @param call ties a tool's result to the message that called it
  record EventBody(
      @Nullable String session,
      @Nullable String role,
      @Nullable String speaker,
      @Nullable Instant at,
      @Nullable String text,
      @Nullable String key,
      @Nullable String call,
      @Nullable Double importance,
      @Nullable Map<String, String> attributes) {
    EventDraft toDraft(int index) {
      if (at == null) {
        throw Failure.invalid("events", "'events[%d].at' says when it happened.".formatted(index))
            .toException();
      }
      if (session == null || text == null) {
        throw Failure.invalid("events", "'events[%d]' needs 'session' and 'text'.".formatted(index))
            .toException();
      }
      return new EventDraft(
          session,
          Role.of(role == null ? "user" : role),
          speaker == null ? "" : speaker,
          at,
          text,
          key,
          call,
          importance == null ? EventDraft.IMPORTANCE : importance,
          attributes == null ? Map.of() : attributes);
    }
  }

  /// @param modelCalls calls of a model that this write cost: none
  record AppendedView(List<Appended> events, int modelCalls) {}

  record EventView(
      long seq,
      String user,
      String agent,
      String run,
      String session,
      int position,
      String role,
      String speaker,
      Instant at,
      String text,
      @Nullable String call,
      double importance,
      Map<String, String> attributes,
      Instant recordedAt) {
    static EventView of(Event event) {
      return new EventView(
          event.seq(),
          event.place().user(),
          event.place().agent(),
          event.place().run(),
          event.session(),
          event.position(),
          event.role().text(),
          event.speaker(),
          event.at(),
          event.text(),
          event.call(),
          event.importance(),
          event.attributes(),
          event.recordedAt());
    }
  }

  /// @param next the `after` of the next piece; null on the last
  record Timeline(List<EventView> items, @Nullable Long next) {}

  @Requires(Verb.WRITE)
  @PostMapping
  AppendedView append(
      Caller caller,
      @RequestBody EventsBody body,
      @RequestParam(required = false) @Nullable String refresh) {
    boolean wait = waits(refresh);
    MemoryScope place = MemoryPlace.of(caller, body.user(), body.agent(), body.run());
    List<EventDraft> drafts = new ArrayList<>();
    for (EventBody event : body.events() == null ? List.<EventBody>of() : body.events()) {
      drafts.add(event.toDraft(drafts.size()));
    }
    List<Appended> appended = log.append(place, drafts);
    use.wrote(caller, place, "append", appended.stream().map(Appended::seq).toList());
    if (wait) {
      long last = appended.stream().mapToLong(Appended::seq).max().orElse(0);
      indexing.awaitApplied(caller.tenant(), last, WAIT_MAX);
    }
    return new AppendedView(appended, 0);
  }

  private static boolean waits(@Nullable String refresh) {
    return switch (refresh == null ? "none" : refresh) {
      case "none" -> false;
      case "wait" -> true;
      default -> throw Failure.invalid("refresh", "'refresh' is 'wait' or 'none'.").toException();
    };
  }

  /// Events of a scope in the order of the log, or those of one session in its order.
  ///
  /// @param after number of the last event of the piece before; with `session` its position
  @GetMapping
  Timeline timeline(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run,
      @RequestParam(required = false) @Nullable String session,
      @RequestParam(required = false) @Nullable Long after,
      @RequestParam(required = false) @Nullable Integer limit) {
    MemoryScope scope = MemoryPlace.of(caller, user, agent, run);
    int count = limit == null ? LIMIT_DEFAULT : limit;
    List<Event> events =
        session == null
            ? log.read(scope, after == null ? 0 : after, count)
            : log.session(scope, session, after == null ? 0 : behind(after), count);
    use.read(caller, scope, "timeline", events.stream().map(Event::seq).toList());
    @Nullable Long next = null;
    if (events.size() == count) {
      Event last = events.getLast();
      next = session == null ? last.seq() : (long) last.position();
    }
    return new Timeline(events.stream().map(EventView::of).toList(), next);
  }

  /// @param items names of sessions, the one that was added to last first
  record Sessions(List<String> items) {}

  @GetMapping("/sessions")
  Sessions sessions(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run,
      @RequestParam(required = false) @Nullable Integer limit) {
    MemoryScope scope = MemoryPlace.of(caller, user, agent, run);
    List<String> names = log.sessions(scope, limit == null ? LIMIT_DEFAULT : limit);
    use.read(caller, scope, "sessions", List.of());
    return new Sessions(names);
  }

  private static int behind(long position) {
    if (position < -1 || position >= Integer.MAX_VALUE) {
      throw Failure.invalid("after", "'after' " + position + " is no position of a session.")
          .toException();
    }
    return (int) position + 1;
  }

  /// @param format `openai`, `jsonl`, `locomo` or `longmemeval`
  /// @param sessionPrefix put before the names of sessions
  @Requires(Verb.WRITE)
  @PostMapping(path = "/import", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
  Imported load(
      Caller caller,
      @RequestPart("file") Part file,
      @RequestParam String format,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run,
      @RequestParam(name = "session_prefix", required = false) @Nullable String sessionPrefix)
      throws IOException {
    MemoryScope place = MemoryPlace.of(caller, user, agent, run);
    use.wrote(caller, place, "import_conversations", List.of());
    try (InputStream input = file.getInputStream()) {
      return imports.load(place, format(format), sessionPrefix == null ? "" : sessionPrefix, input);
    }
  }

  private static ConversationFormat format(String name) {
    for (ConversationFormat format : ConversationFormat.values()) {
      if (format.name().toLowerCase(Locale.ROOT).equals(name)) {
        return format;
      }
    }
    throw Failure.invalid(
            "format", "'format' is one of 'openai', 'jsonl', 'locomo', 'longmemeval'.")
        .toException();
  }
}
