package engram.api.security;

import engram.eval.Requester;
import engram.retrieval.Access;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import engram.retrieval.RefusedException.Reason;
import java.time.Clock;
import java.util.UUID;
import org.springframework.stereotype.Component;

/// The key behind an actor as it is now, for work that goes on after its request: revoked, it does
/// nothing more; narrowed, it reads less.
@Component
public class RunRequester implements Requester {
  private final KeyStore keys;
  private final Clock clock;

  RunRequester(KeyStore keys, Clock clock) {
    this.keys = keys;
    this.clock = clock;
  }

  @Override
  public Access accessOf(UUID tenant, String actor) {
    ApiKey key = key(tenant, actor);
    int as = actor.indexOf(ActAs.BETWEEN);
    return as < 0 ? key.access() : ActAs.narrow(key, actor.substring(as + ActAs.BETWEEN.length()));
  }

  /// The key of an actor, which may act as somebody.
  ///
  /// @throws RefusedException if it is revoked, or its time is over
  public ApiKey key(UUID tenant, String actor) {
    int as = actor.indexOf(ActAs.BETWEEN);
    ApiKey key;
    try {
      key = keys.key(tenant, as < 0 ? actor : actor.substring(0, as));
    } catch (NotFoundException gone) {
      throw ended();
    }
    if (!key.isValidAt(clock.instant()) || !key.verbs().contains(Verb.READ)) {
      throw ended();
    }
    return key;
  }

  private static RefusedException ended() {
    return new RefusedException(
        Reason.FORBIDDEN, "key_ended", "The key that asked for it may not read any more.");
  }
}
