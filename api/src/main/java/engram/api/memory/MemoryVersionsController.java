package engram.api.memory;

import engram.api.admin.Audit;
import engram.api.error.Failure;
import engram.api.memory.MemoryEventsController.EventView;
import engram.api.memory.MemoryFactsController.FactView;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.MemoryScope;
import engram.memory.Transfer;
import engram.memory.Transfer.Manifest;
import engram.memory.Versions;
import engram.memory.Versions.Difference;
import engram.memory.Versions.Rollback;
import engram.memory.Versions.Snapshot;
import engram.retrieval.NotFoundException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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

/// Earlier states of memories: names for them, what changed since, the way back, and copies.
@RestController
@RequestMapping("/api/memory/snapshots")
@Requires(Verb.READ)
class MemoryVersionsController {
  private final Versions versions;
  private final Transfer transfer;
  private final MemoryUse use;
  private final Audit audit;

  MemoryVersionsController(Versions versions, Transfer transfer, MemoryUse use, Audit audit) {
    this.versions = versions;
    this.transfer = transfer;
    this.use = use;
    this.audit = audit;
  }

  record SnapshotBody(
      @Nullable String user, @Nullable String agent, @Nullable String run, @Nullable String name) {}

  /// @param confirm `true`, or nothing is done
  record RollbackBody(@Nullable String user, @Nullable Boolean confirm) {}

  /// @param toUser where the copy is kept; the same user unless said
  record BranchBody(
      @Nullable String user,
      @Nullable String toUser,
      @Nullable String toAgent,
      @Nullable String toRun) {}

  record SnapshotView(
      UUID id,
      String user,
      String agent,
      String run,
      String name,
      long seq,
      Instant knownAt,
      String createdBy) {
    static SnapshotView of(Snapshot snapshot) {
      MemoryScope scope = snapshot.scope();
      return new SnapshotView(
          snapshot.id(),
          scope.user(),
          scope.agent(),
          scope.run(),
          snapshot.name(),
          snapshot.seq(),
          snapshot.knownAt(),
          snapshot.createdBy());
    }
  }

  record Snapshots(List<SnapshotView> items) {}

  record DifferenceView(
      long eventsAdded,
      long eventsGone,
      List<EventView> added,
      List<EventView> gone,
      List<FactView> begun,
      List<FactView> ended) {}

  /// @param undo rolling back to this snapshot undoes the rollback
  record RollbackView(
      SnapshotView undo,
      long eventsSetAside,
      long eventsBack,
      long claimsEnded,
      long claimsReinstated) {}

  record Dropped(UUID id, boolean dropped) {}

  @Requires(Verb.WRITE)
  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  SnapshotView take(Caller caller, @RequestBody SnapshotBody body) {
    MemoryScope scope = MemoryPlace.of(caller, body.user(), body.agent(), body.run());
    Snapshot snapshot =
        versions.take(scope, body.name() == null ? "" : body.name(), caller.keyId());
    use.wrote(caller, scope, "snapshot", List.of(snapshot.seq()));
    return SnapshotView.of(snapshot);
  }

  @GetMapping
  Snapshots list(Caller caller, @RequestParam(required = false) @Nullable String user) {
    MemoryScope scope = MemoryPlace.of(caller, user, null, null);
    return new Snapshots(
        versions.list(caller.tenant(), scope.user()).stream().map(SnapshotView::of).toList());
  }

  @Requires(Verb.WRITE)
  @DeleteMapping("/{id}")
  Dropped drop(
      Caller caller, @PathVariable UUID id, @RequestParam(required = false) @Nullable String user) {
    MemoryScope scope = MemoryPlace.of(caller, user, null, null);
    if (!versions.drop(caller.tenant(), scope.user(), id)) {
      throw new NotFoundException("snapshot", id.toString());
    }
    return new Dropped(id, true);
  }

  /// @param to another snapshot of the same scope; now unless said
  @GetMapping("/{id}/diff")
  DifferenceView diff(
      Caller caller,
      @PathVariable UUID id,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable UUID to) {
    Snapshot from = find(caller, user, id);
    Difference difference =
        to == null ? versions.since(from) : versions.between(from, find(caller, user, to));
    use.read(
        caller,
        from.scope(),
        "diff",
        difference.added().stream().map(event -> event.seq()).toList());
    return new DifferenceView(
        difference.eventsAdded(),
        difference.eventsGone(),
        difference.added().stream().map(EventView::of).toList(),
        difference.gone().stream().map(EventView::of).toList(),
        difference.begun().stream().map(FactView::of).toList(),
        difference.ended().stream().map(FactView::of).toList());
  }

  private Snapshot find(Caller caller, @Nullable String user, UUID id) {
    MemoryScope scope = MemoryPlace.of(caller, user, null, null);
    return versions.find(caller.tenant(), scope.user(), id);
  }

  @Requires(Verb.WRITE)
  @PostMapping("/{id}/rollback")
  RollbackView rollback(Caller caller, @PathVariable UUID id, @RequestBody RollbackBody body) {
    MemoryScope scope = MemoryPlace.forErasure(caller, body.user(), null, null);
    if (body.confirm() == null || !body.confirm()) {
      throw Failure.invalid(
              "confirm", "'confirm' is true; /diff says what a rollback would change.")
          .toException();
    }
    Snapshot snapshot = versions.find(caller.tenant(), scope.user(), id);
    Rollback done = versions.rollback(snapshot, caller.keyId());
    use.wrote(caller, snapshot.scope(), "rollback", List.of(snapshot.seq()));
    audit.add(
        caller,
        "memory.rollback",
        "snapshot " + id,
        Map.of(
            "undo", done.undo().id().toString(),
            "events_set_aside", done.eventsSetAside(),
            "claims_ended", done.claimsEnded()));
    return new RollbackView(
        SnapshotView.of(done.undo()),
        done.eventsSetAside(),
        done.eventsBack(),
        done.claimsEnded(),
        done.claimsReinstated());
  }

  @Requires(Verb.WRITE)
  @PostMapping("/{id}/branch")
  @ResponseStatus(HttpStatus.CREATED)
  Manifest branch(Caller caller, @PathVariable UUID id, @RequestBody BranchBody body) {
    Snapshot snapshot = find(caller, body.user(), id);
    MemoryScope target =
        MemoryPlace.of(
            caller,
            body.toUser() == null ? body.user() : body.toUser(),
            body.toAgent(),
            body.toRun());
    Manifest manifest = transfer.branch(snapshot, target);
    use.read(caller, snapshot.scope(), "branch", List.of(snapshot.seq()));
    use.wrote(caller, target, "branch", List.of());
    audit.add(caller, "memory.branch", "snapshot " + id, Map.of("sha256", manifest.sha256()));
    return manifest;
  }
}
