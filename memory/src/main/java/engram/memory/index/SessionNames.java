package engram.memory.index;

import engram.memory.MemoryScope;

/// How the index names sessions, for what is kept beside it.
public final class SessionNames {
  private SessionNames() {}

  /// Equal for equal sessions of one place, 64 bits of a hash.
  public static long of(MemoryScope place, String session) {
    return EventFields.session(place, session);
  }
}
