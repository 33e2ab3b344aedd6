package engram.memory;

import java.util.UUID;

/// Whose memories are meant: a tenant, and in it a user, an agent and a run.
///
/// A part that is empty means *shared*: what is kept with an empty user belongs to the tenant as a
/// whole, not to everyone's private memories. So a part that is forgotten hides too much and never
/// shows too much. `*` stands for any value, must be written out, and can only read and forget:
/// what is kept has one place.
///
/// @param user whose private memories; the owner of the encryption key
/// @param agent which assistant's
/// @param run which piece of work's
public record MemoryScope(UUID tenant, String user, String agent, String run) {
  public static final String SHARED = "";
  public static final String ANY = "*";
  public static final int CHARS_MAX = 200;

  public MemoryScope {
    check("user", user);
    check("agent", agent);
    check("run", run);
  }

  /// What belongs to one user and to no agent or run alone.
  public static MemoryScope of(UUID tenant, String user) {
    return new MemoryScope(tenant, user, SHARED, SHARED);
  }

  /// Everything that belongs to one user, whichever agent or run it came from.
  public static MemoryScope allOf(UUID tenant, String user) {
    return new MemoryScope(tenant, user, ANY, ANY);
  }

  /// Every memory of a tenant: for administration and for what derives state, not for recall.
  public static MemoryScope whole(UUID tenant) {
    return new MemoryScope(tenant, ANY, ANY, ANY);
  }

  /// Whether something can be kept here.
  public boolean isPlace() {
    return !user.equals(ANY) && !agent.equals(ANY) && !run.equals(ANY);
  }

  /// @return this
  /// @throws IllegalArgumentException if a part is `*`
  public MemoryScope requirePlace() {
    if (!isPlace()) {
      throw new IllegalArgumentException(
          "user '%s', agent '%s', run '%s': a memory is kept in one place, so none may be '*'"
              .formatted(user, agent, run));
    }
    return this;
  }

  /// Whether a memory that is kept in `place` belongs to this scope: the definition, whose fast
  /// twin is the policy in the database.
  public boolean covers(MemoryScope place) {
    return tenant.equals(place.tenant)
        && covers(user, place.user)
        && covers(agent, place.agent)
        && covers(run, place.run);
  }

  private static boolean covers(String mine, String its) {
    return mine.equals(ANY) || mine.equals(its);
  }

  private static void check(String name, String value) {
    if (value.length() > CHARS_MAX) {
      throw new IllegalArgumentException(
          "%s has %d characters, at most %d".formatted(name, value.length(), CHARS_MAX));
    }
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(name + " has control characters");
    }
    if (!value.isEmpty() && value.isBlank()) {
      throw new IllegalArgumentException(name + " is blank");
    }
  }
}
