package engram.memory;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// How long memories are kept. What happened longer ago than a scope's days is erased, with a
/// receipt, events and claims alike; a pin does not save it, a hold does.
///
/// Threads: any.
public interface Retention {
  int DAYS_MAX = 36_500;

  /// @param scope may name `*` for any user, agent or run
  /// @param checkedAt when it was last enforced; null for never
  /// @param outcome of that: `nothing`, `erased n events`, `held`; null for never
  record Policy(
      MemoryScope scope,
      int days,
      String setBy,
      Instant setAt,
      @Nullable Instant checkedAt,
      @Nullable String outcome) {}

  /// Replaces an earlier one of the same scope.
  ///
  /// @param days 1 to [#DAYS_MAX]
  Policy keep(MemoryScope scope, int days, String actor);

  /// @return false if there was none
  boolean clear(MemoryScope scope);

  /// Policies of a user; of every user for `*`, the tenant's own among them.
  List<Policy> policies(UUID tenant, String user);

  /// Enforces one policy, of any tenant, that was not looked at since a time.
  ///
  /// @return what was looked at; empty if there was none
  Optional<Policy> enforceNext(Instant notSince);
}
