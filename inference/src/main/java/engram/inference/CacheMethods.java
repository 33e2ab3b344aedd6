package engram.inference;

import org.jspecify.annotations.Nullable;

/// What a request's cache keeps. A cache that is cut down is shared with no other request.
///
/// @param policy null where all is kept
/// @param budgetTokens of each KV head, on average over the layers; 0 without a policy
public record CacheMethods(@Nullable KvPolicy policy, int budgetTokens) {
  /// Everything is kept.
  public static final CacheMethods ALL = new CacheMethods(null, 0);

  public CacheMethods {
    if (policy == null ? budgetTokens != 0 : budgetTokens < 1) {
      throw new IllegalArgumentException(
          policy == null
              ? "budgetTokens " + budgetTokens + " without a policy"
              : policy.name() + ": budgetTokens " + budgetTokens + " < 1");
    }
  }
}
