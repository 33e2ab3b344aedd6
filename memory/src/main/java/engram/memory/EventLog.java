package engram.memory;

import java.util.List;
import java.util.Optional;

/// The append-only log of what happened, from which every other memory is derived.
///
/// An append is one transaction: all of it is in the log afterwards, or none. Writers of one tenant
/// are taken one after the other, so the result is that of some order of them. No model is called.
///
/// Threads: any.
public interface EventLog {
  /// Events in one append at most.
  int BATCH_MAX = 1_000;

  /// What became of a draft.
  ///
  /// @param isNew false where the log had an event of this key, whose number this is
  record Appended(long seq, boolean isNew) {}

  /// @param place one place, see [MemoryScope#isPlace]
  /// @return for each draft, in order
  /// @throws engram.retrieval.RefusedException `event_conflict` if a key is known, or repeated in
  ///   the batch, with other content; nothing is written then
  List<Appended> append(MemoryScope place, List<EventDraft> drafts);

  /// Events of a scope in the order of the log.
  ///
  /// @param afterSeq those with greater numbers; 0 for all
  /// @param limit 1 to [#BATCH_MAX]
  List<Event> read(MemoryScope scope, long afterSeq, int limit);

  /// Events of one session in order of position.
  ///
  /// @param fromPosition that and later ones
  List<Event> session(MemoryScope scope, String session, int fromPosition, int limit);

  /// The last events of one session, in order of position.
  ///
  /// @param place one place, see [MemoryScope#isPlace]
  List<Event> tail(MemoryScope place, String session, int limit);

  /// Names of sessions, the one that was added to last first.
  List<String> sessions(MemoryScope scope, int limit);

  Optional<Event> find(MemoryScope scope, long seq);

  long count(MemoryScope scope);
}
