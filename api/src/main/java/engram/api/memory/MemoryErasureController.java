package engram.api.memory;

import engram.api.admin.Audit;
import engram.api.erase.KeptReplies;
import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.Forgetting;
import engram.memory.Forgetting.Hold;
import engram.memory.Forgetting.Preview;
import engram.memory.Forgetting.Receipt;
import engram.memory.Forgetting.Selection;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.retrieval.NotFoundException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Erasing memories for good, and what stands against it. What is merely no longer true is
/// corrected or retracted instead.
@RestController
@RequestMapping("/api/memory")
@Requires(Verb.READ)
class MemoryErasureController {
  private static final int LIMIT_DEFAULT = 20;

  private final Forgetting forgetting;
  private final Audit audit;
  private final MemoryUse use;

  MemoryErasureController(Forgetting forgetting, MemoryUse use, Audit audit) {
    this.use = use;
    this.forgetting = forgetting;
    this.audit = audit;
  }

  /// One of `events`, `session`, `from` with `to`, `source`, `subject` and `everything`.
  ///
  /// @param source role of the events, such as `assistant`
  /// @param subject of claims; the events that they quote go too
  /// @param everything `true` for all of the user, with the user's key
  record ErasureBody(
      @Nullable String user,
      @Nullable String agent,
      @Nullable String run,
      @Nullable Set<Long> events,
      @Nullable String session,
      @Nullable Instant from,
      @Nullable Instant to,
      @Nullable String source,
      @Nullable String subject,
      @Nullable Boolean everything) {}

  record HoldBody(@Nullable String user, @Nullable String reason) {}

  record Receipts(List<Receipt> items) {}

  record Holds(List<Hold> items) {}

  record Released(UUID id, boolean released) {}

  @Requires(Verb.DELETE)
  @PostMapping("/erase")
  Receipt erase(Caller caller, @RequestBody ErasureBody body) {
    MemoryScope scope = MemoryPlace.forErasure(caller, body.user(), body.agent(), body.run());
    boolean everything = body.everything() != null && body.everything();
    List<Selection> selections = selections(body);
    if (selections.size() + (everything ? 1 : 0) != 1) {
      throw Failure.invalid(
              null,
              "Name one of 'events', 'session', 'from' with 'to', 'source', 'subject' and"
                  + " 'everything'.")
          .toException();
    }
    Receipt receipt =
        everything
            ? forgetting.eraseUser(caller.tenant(), scope.user(), caller.keyId())
            : forgetting.erase(scope, selections.getFirst(), caller.keyId());
    use.wrote(caller, scope, "erase", List.of());
    audit.add(caller, "memory.erase", receipt.id().toString(), KeptReplies.counted(receipt));
    return receipt;
  }

  /// How much an erasure would take, without taking it.
  @PostMapping("/erase/preview")
  Preview preview(Caller caller, @RequestBody ErasureBody body) {
    MemoryScope scope = MemoryPlace.of(caller, body.user(), body.agent(), body.run());
    boolean everything = body.everything() != null && body.everything();
    List<Selection> selections = selections(body);
    if (selections.size() + (everything ? 1 : 0) != 1) {
      throw Failure.invalid(
              null,
              "Name one of 'events', 'session', 'from' with 'to', 'source', 'subject' and"
                  + " 'everything'.")
          .toException();
    }
    return everything
        ? forgetting.preview(
            MemoryScope.allOf(caller.tenant(), scope.user()),
            new Selection.Between(
                Instant.parse("0001-01-01T00:00:00Z"), Instant.parse("9999-12-31T23:59:59Z")))
        : forgetting.preview(scope, selections.getFirst());
  }

  private static List<Selection> selections(ErasureBody body) {
    List<Selection> selections = new ArrayList<>();
    if (body.events() != null) {
      selections.add(new Selection.Events(body.events()));
    }
    if (body.session() != null) {
      selections.add(new Selection.Session(body.session()));
    }
    if (body.from() != null || body.to() != null) {
      if (body.from() == null || body.to() == null || !body.from().isBefore(body.to())) {
        throw Failure.invalid("from", "'from' is before 'to', and both are there.").toException();
      }
      selections.add(new Selection.Between(body.from(), body.to()));
    }
    if (body.source() != null) {
      selections.add(new Selection.From(Role.of(body.source())));
    }
    if (body.subject() != null) {
      selections.add(new Selection.About(body.subject()));
    }
    return selections;
  }

  @GetMapping("/receipts")
  Receipts receipts(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable Integer limit) {
    MemoryScope scope = MemoryPlace.of(caller, user, null, null);
    return new Receipts(
        forgetting.receipts(caller.tenant(), scope.user(), limit == null ? LIMIT_DEFAULT : limit));
  }

  @Requires(Verb.ADMIN)
  @PostMapping("/holds")
  @ResponseStatus(HttpStatus.CREATED)
  Hold hold(Caller caller, @RequestBody HoldBody body) {
    MemoryScope scope = MemoryPlace.of(caller, body.user(), null, null);
    Hold hold =
        forgetting.hold(
            caller.tenant(),
            scope.user(),
            body.reason() == null ? "" : body.reason(),
            caller.keyId());
    audit.add(caller, "memory.hold", hold.id().toString(), Map.of());
    return hold;
  }

  @Requires(Verb.ADMIN)
  @GetMapping("/holds")
  Holds holds(Caller caller, @RequestParam(required = false) @Nullable String user) {
    MemoryScope scope = MemoryPlace.of(caller, user, null, null);
    return new Holds(forgetting.holds(caller.tenant(), scope.user()));
  }

  @Requires(Verb.ADMIN)
  @DeleteMapping("/holds/{id}")
  Released release(Caller caller, @PathVariable UUID id) {
    if (!forgetting.release(caller.tenant(), id)) {
      throw new NotFoundException("hold", id.toString());
    }
    audit.add(caller, "memory.release", id.toString(), Map.of());
    return new Released(id, true);
  }
}
