package engram.api.security;

import engram.api.error.Failure;
import engram.retrieval.Access;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/// `Engram-Act-As: user:ann, group:eng`: the request reads what those principals may read.
///
/// It only ever narrows. A key that reads everything may name anybody; one with the verb `act_as`
/// may choose among its own principals; for any other key the header is refused.
final class ActAs {
  static final String HEADER = "Engram-Act-As";

  /// Stands in an actor between the key and whom it acts as.
  static final String BETWEEN = " as ";

  private ActAs() {}

  static Access narrow(ApiKey key, String header) {
    Set<String> principals =
        Arrays.stream(header.split(","))
            .map(String::strip)
            .filter(principal -> !principal.isEmpty())
            .collect(Collectors.toSet());
    if (principals.isEmpty()) {
      throw Failure.invalid(HEADER, "'" + HEADER + "' names no principal.").toException();
    }
    KeyDraft.checkPrincipals(principals, HEADER);
    if (!key.readsAll() && !key.verbs().contains(Verb.ACT_AS)) {
      throw Failure.of(403, "act_as_not_allowed", "This key may not act as somebody else.")
          .toException();
    }
    if (!key.readsAll() && !key.principals().containsAll(principals)) {
      throw Failure.of(403, "act_as_not_allowed", "This key may act as its own principals only.")
          .toException();
    }
    // Somebody else than the key: what the key itself made is not theirs by that alone.
    String actor =
        key.id() + BETWEEN + principals.stream().sorted().collect(Collectors.joining(","));
    return new Access(key.tenant(), actor, false, principals, key.collections(), key.filter());
  }
}
