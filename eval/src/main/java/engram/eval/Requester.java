package engram.eval;

import engram.retrieval.Access;
import engram.retrieval.RefusedException;
import java.util.UUID;

/// Knows again who asked for a run: what they may see is looked up anew whenever a worker takes it
/// up, so that a key that was revoked or narrowed since reads no more than it may now.
@FunctionalInterface
public interface Requester {
  /// @param actor [Access#actor] of who asked
  /// @throws RefusedException if they may not ask any more
  Access accessOf(UUID tenant, String actor);
}
