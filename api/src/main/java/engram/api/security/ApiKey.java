package engram.api.security;

import engram.retrieval.Access;
import engram.retrieval.Filter;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A key as stored; its secret is known to its holder only.
///
/// @param prefix the part of the secret that people see
/// @param collections the only collections that exist for it; null for all
/// @param filter the only documents that exist for it; null for all
/// @param readsAll sees documents whatever their readers are
public record ApiKey(
    String id,
    UUID tenant,
    String name,
    String prefix,
    Set<Verb> verbs,
    @Nullable Set<String> collections,
    @Nullable Filter filter,
    Set<String> principals,
    boolean readsAll,
    Budget budget,
    String createdBy,
    Instant createdAt,
    @Nullable Instant expiresAt,
    @Nullable Instant revokedAt,
    @Nullable Instant lastUsedAt) {
  public ApiKey {
    verbs = Set.copyOf(verbs);
    principals = Set.copyOf(principals);
    collections = collections == null ? null : Set.copyOf(collections);
  }

  /// What a key may use up; null for no limit.
  ///
  /// @param requestsPerMinute in each replica
  /// @param tokensPerDay model tokens in a day of UTC, over all replicas
  public record Budget(@Nullable Integer requestsPerMinute, @Nullable Long tokensPerDay) {
    public static final Budget UNLIMITED = new Budget(null, null);

    public Budget {
      if (requestsPerMinute != null && requestsPerMinute < 1) {
        throw new IllegalArgumentException("requests_per_minute " + requestsPerMinute + " < 1");
      }
      if (tokensPerDay != null && tokensPerDay < 1) {
        throw new IllegalArgumentException("tokens_per_day " + tokensPerDay + " < 1");
      }
    }
  }

  public boolean isValidAt(Instant now) {
    return revokedAt == null && (expiresAt == null || expiresAt.isAfter(now));
  }

  /// May do everything, for ever: what the first key of a tenant may.
  public boolean isUnlimited() {
    return access().isUnrestricted()
        && verbs.equals(Set.of(Verb.values()))
        && budget.equals(Budget.UNLIMITED)
        && expiresAt == null;
  }

  public Access access() {
    return new Access(tenant, id, readsAll, principals, collections, filter);
  }
}
