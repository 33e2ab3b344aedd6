package engram.api.memory;

import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.memory.MemoryScope;
import org.jspecify.annotations.Nullable;

/// Whose memories a request names, and whether its key may touch them.
///
/// A key that reads all may name any user. Another one may name the users that it acts for: `ann`
/// for a key with the principal `user:ann`. Memories that the whole tenant shares are those of the
/// empty user, which has to be written out: a request without `user` has no scope and fails.
public final class MemoryPlace {
  private static final String PRINCIPAL = "user:";

  private MemoryPlace() {}

  /// @param user must be there; empty for what the tenant shares
  /// @param agent empty or absent for none, `*` for any
  /// @param run empty or absent for none, `*` for any
  public static MemoryScope of(
      Caller caller, @Nullable String user, @Nullable String agent, @Nullable String run) {
    if (user == null) {
      throw Failure.invalid(
              "user", "'user' says whose memories are meant; \"\" for those that all share.")
          .toException();
    }
    if (user.equals(MemoryScope.ANY)) {
      throw Failure.invalid("user", "'user' is one user, not '*'.").toException();
    }
    boolean mayTouch =
        caller.access().readsAll()
            || user.equals(MemoryScope.SHARED)
            || caller.access().principals().contains(PRINCIPAL + user);
    if (!mayTouch) {
      throw Failure.forbidden(
              "This key acts for others than this user: it needs the principal 'user:…' of the"
                  + " user, or 'reads_all'.")
          .toException();
    }
    return new MemoryScope(
        caller.tenant(),
        user,
        agent == null ? MemoryScope.SHARED : agent,
        run == null ? MemoryScope.SHARED : run);
  }

  /// What is done to what all share, or undone for good, is not for everyone.
  public static MemoryScope forErasure(
      Caller caller, @Nullable String user, @Nullable String agent, @Nullable String run) {
    MemoryScope scope = of(caller, user, agent, run);
    if (scope.user().equals(MemoryScope.SHARED) && !caller.access().readsAll()) {
      throw Failure.forbidden("What all share is erased by a key that has 'reads_all'.")
          .toException();
    }
    return scope;
  }
}
