package engram.api.security;

import engram.api.error.Failure;
import engram.retrieval.Access;
import java.util.Set;
import java.util.UUID;

/// Who makes the present request. Controllers take it (or its [Access]) as a parameter.
///
/// @param access what the request may read; narrowed already if it acts as somebody
/// @param requestId also in the response and in the log
public record Caller(
    String keyId, String keyName, Set<Verb> verbs, Access access, String requestId) {
  public Caller {
    verbs = Set.copyOf(verbs);
  }

  public boolean may(Verb verb) {
    return verbs.contains(verb);
  }

  /// For what tells of all documents of the tenant, or changes what all of its keys may do.
  public void checkUnrestricted() {
    if (!access.isUnrestricted()) {
      throw Failure.of(
              403,
              "unrestricted_keys_only",
              "This needs a key that reads all documents of all collections: it has 'reads_all',"
                  + " and neither 'collections' nor 'filter'.")
          .toException();
    }
  }

  public UUID tenant() {
    return access.tenant();
  }
}
