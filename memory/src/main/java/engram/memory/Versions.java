package engram.memory;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// Earlier states of memories, and ways back to them.
///
/// A snapshot is a name for a moment: where the log stood and what was known. It costs nothing and
/// keeps nothing from erasure; what was erased since is in no state any more.
///
/// Threads: any.
public interface Versions {
  int SNAPSHOTS_MAX = 1_000;

  /// Events and facts that a difference lists at most; the counts tell of all.
  int LISTED_MAX = 200;

  /// @param scope of one user; agent and run may be `*`
  /// @param seq where the log stood
  record Snapshot(
      UUID id, MemoryScope scope, String name, long seq, Instant knownAt, String createdBy) {}

  /// What is otherwise in a later state.
  ///
  /// @param eventsAdded there then and not before
  /// @param eventsGone there before and not then: set aside by a rollback
  /// @param added the first of them
  /// @param gone the first of them
  /// @param begun facts that follow then and did not before
  /// @param ended facts that followed before and do not then
  record Difference(
      long eventsAdded,
      long eventsGone,
      List<Event> added,
      List<Event> gone,
      List<Fact> begun,
      List<Fact> ended) {
    public Difference {
      added = List.copyOf(added);
      gone = List.copyOf(gone);
      begun = List.copyOf(begun);
      ended = List.copyOf(ended);
    }

    public boolean isEmpty() {
      return eventsAdded == 0 && eventsGone == 0 && begun.isEmpty() && ended.isEmpty();
    }
  }

  /// What a rollback did.
  ///
  /// @param undo a snapshot of what was before it: rolling back to that undoes it
  record Rollback(
      Snapshot undo,
      long eventsSetAside,
      long eventsBack,
      long claimsEnded,
      long claimsReinstated) {}

  /// @throws engram.retrieval.RefusedException `too_many_snapshots`
  Snapshot take(MemoryScope scope, String name, String actor);

  /// Latest first.
  List<Snapshot> list(UUID tenant, String user);

  /// @throws engram.retrieval.NotFoundException if there is none of this user
  Snapshot find(UUID tenant, String user, UUID id);

  /// Forgets the name; the moment's memories stay.
  ///
  /// @return false if there was none
  boolean drop(UUID tenant, String user, UUID id);

  /// From a snapshot to now.
  Difference since(Snapshot snapshot);

  /// From one snapshot to another of the same scope.
  Difference between(Snapshot from, Snapshot to);

  /// Makes what is remembered what it was. Nothing is taken away: events of since are set aside and
  /// their claims ended, claims of then are added again, and all of that is a write like others,
  /// with its own time; what was known before it stays known as of then.
  ///
  /// @throws engram.retrieval.RefusedException `too_many_events` for more than
  ///   [Forgetting#EVENTS_MAX] that would change
  Rollback rollback(Snapshot snapshot, String actor);
}
