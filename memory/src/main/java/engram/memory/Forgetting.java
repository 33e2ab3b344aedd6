package engram.memory;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// Erases memories, with proof. To say that something is no longer so, use [Facts]: what is not
/// true any more is retracted or corrected and stays known; what is erased here was never kept.
///
/// An erasure takes events and every claim that stands on nothing but them, in all versions; what
/// those claims had retired comes back. It reaches the index before it returns.
///
/// Threads: any.
public interface Forgetting {
  int EVENTS_MAX = 100_000;

  /// What is to go, within a scope.
  sealed interface Selection {
    /// These events.
    record Events(Set<Long> seqs) implements Selection {
      public Events {
        seqs = Set.copyOf(seqs);
      }
    }

    /// Everything that was said in a session.
    record Session(String session) implements Selection {}

    /// Everything that happened in `[from, to)`, and the claims without evidence that were said
    /// then.
    record Between(Instant from, Instant to) implements Selection {}

    /// Everything from one kind of source.
    record From(Role role) implements Selection {}

    /// Every claim about a subject, and the events that they quote.
    record About(String subject) implements Selection {}
  }

  /// What an erasure took away.
  ///
  /// @param what what was asked to go, without its content
  /// @param removed how many of each kind went: `events`, `claims`, `facts`, `evidence`,
  ///   `index_entries`, `keys`, and those of [MemoryCopies]
  /// @param remaining what a scan of each store found of it afterwards, by store: all 0
  /// @param text what is signed: this receipt as JSON
  /// @param signature Ed25519 (RFC 8032) over the text's UTF-8, in Base64
  /// @param publicKey X.509, in Base64
  record Receipt(
      UUID id,
      String what,
      String actor,
      Instant at,
      Map<String, Long> removed,
      Map<String, Long> remaining,
      String text,
      String signature,
      String publicKey) {
    public Receipt {
      removed = Map.copyOf(removed);
      remaining = Map.copyOf(remaining);
    }

    /// Whether nothing was found afterwards.
    public boolean isVerified() {
      return remaining.values().stream().allMatch(count -> count == 0);
    }
  }

  /// A reason for which a user's memories may not be erased.
  record Hold(UUID id, String user, String reason, String setBy, Instant setAt) {}

  /// @param scope of one user
  /// @param actor who is written down as having asked
  /// @throws engram.retrieval.RefusedException `legal_hold` if the user's memories are held;
  ///   `too_many_events` for more than [#EVENTS_MAX]
  Receipt erase(MemoryScope scope, Selection what, String actor);

  /// What an erasure would take now, without taking it.
  ///
  /// @param events how many
  /// @param claims that stand on nothing else, or are about what is selected
  record Preview(long events, long claims) {}

  Preview preview(MemoryScope scope, Selection what);

  /// Erases all of a user and destroys the user's key, so that what backups of the database hold
  /// cannot be read either.
  Receipt eraseUser(UUID tenant, String user, String actor);

  /// Earlier receipts, latest first.
  List<Receipt> receipts(UUID tenant, String user, int limit);

  Hold hold(UUID tenant, String user, String reason, String actor);

  List<Hold> holds(UUID tenant, String user);

  /// @return false if there is no such hold
  boolean release(UUID tenant, UUID hold);
}
