package engram.inference;

import engram.inference.EngineSettings.CacheType;
import org.jspecify.annotations.Nullable;

/// What a request's cache keeps, how it is stored, and what of it queries read. A cache that is cut
/// down is shared with no other request; others are shared with requests of the same methods.
///
/// @param policy null where all is kept
/// @param budgetTokens of each KV head, on average over the layers; 0 without a policy
/// @param cacheType null for the model's own
/// @param pattern null where every query sees all before it
public record CacheMethods(
    @Nullable KvPolicy policy,
    int budgetTokens,
    @Nullable CacheType cacheType,
    @Nullable AttentionPattern pattern) {
  /// Everything is kept and read, stored as the model's settings say.
  public static final CacheMethods ALL = new CacheMethods(null, 0);

  public CacheMethods {
    if (policy == null ? budgetTokens != 0 : budgetTokens < 1) {
      throw new IllegalArgumentException(
          policy == null
              ? "budgetTokens " + budgetTokens + " without a policy"
              : policy.name() + ": budgetTokens " + budgetTokens + " < 1");
    }
  }

  public CacheMethods(@Nullable KvPolicy policy, int budgetTokens) {
    this(policy, budgetTokens, null, null);
  }

  public CacheMethods withCacheType(@Nullable CacheType other) {
    return new CacheMethods(policy, budgetTokens, other, pattern);
  }

  public CacheMethods withPattern(@Nullable AttentionPattern other) {
    return new CacheMethods(policy, budgetTokens, cacheType, other);
  }
}
