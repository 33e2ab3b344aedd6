package engram.api.security;

import engram.api.security.ApiKey.Budget;
import engram.retrieval.Access;
import engram.retrieval.Filter;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A key to be made. The fields mean what they mean in [ApiKey].
public record KeyDraft(
    String name,
    Set<Verb> verbs,
    @Nullable Set<String> collections,
    @Nullable Filter filter,
    Set<String> principals,
    boolean readsAll,
    Budget budget,
    @Nullable Instant expiresAt) {
  static final int PRINCIPALS_MAX = 64;
  private static final int NAME_CHARS_MAX = 200;
  private static final int COLLECTIONS_MAX = 1000;

  public KeyDraft {
    if (name.isBlank() || name.length() > NAME_CHARS_MAX) {
      throw new IllegalArgumentException(
          "'name' must have 1 to " + NAME_CHARS_MAX + " characters that are not all blank");
    }
    if (verbs.isEmpty()) {
      throw new IllegalArgumentException("'verbs' must name at least one verb");
    }
    if (collections != null && collections.size() > COLLECTIONS_MAX) {
      throw new IllegalArgumentException(
          "'collections' has " + collections.size() + " entries, more than " + COLLECTIONS_MAX);
    }
    checkPrincipals(principals, "principals");
    verbs = Set.copyOf(verbs);
    collections = collections == null ? null : Set.copyOf(collections);
    principals = Set.copyOf(principals);
  }

  static void checkPrincipals(Set<String> principals, String param) {
    if (principals.size() > PRINCIPALS_MAX) {
      throw new IllegalArgumentException(
          "'"
              + param
              + "' names "
              + principals.size()
              + " principals, more than "
              + PRINCIPALS_MAX);
    }
    for (String principal : principals) {
      if (!Access.isPrincipal(principal)) {
        throw new IllegalArgumentException(
            "'"
                + param
                + "': a principal has 1 to 256 characters without blanks and commas, such as user:ann");
      }
    }
  }
}
