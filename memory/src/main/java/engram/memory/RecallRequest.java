package engram.memory;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What is to be remembered.
///
/// @param scope of one user
/// @param items events at most, 1 to [#ITEMS_MAX]
/// @param budgetTokens tokens at most, by [Recall#tokens]; 0 for any number
/// @param from only what happened then or later; null for any time
/// @param to only what happened before; null for any time
/// @param now what recency and words like *yesterday* are meant from; null for the clock's
public record RecallRequest(
    MemoryScope scope,
    String query,
    int items,
    int budgetTokens,
    @Nullable Instant from,
    @Nullable Instant to,
    @Nullable Instant now,
    RecallWeights weights) {
  public static final int ITEMS_MAX = 500;
  public static final int QUERY_CHARS_MAX = 8_192;

  public RecallRequest {
    if (scope.user().equals(MemoryScope.ANY)) {
      throw new IllegalArgumentException("what is recalled is one user's, not that of '*'");
    }
    if (query.isBlank() || query.length() > QUERY_CHARS_MAX) {
      throw new IllegalArgumentException(
          "query must have 1 to %d characters, not all blank".formatted(QUERY_CHARS_MAX));
    }
    if (items < 1 || items > ITEMS_MAX) {
      throw new IllegalArgumentException("items %d is not in [1, %d]".formatted(items, ITEMS_MAX));
    }
    if (budgetTokens < 0) {
      throw new IllegalArgumentException("budgetTokens " + budgetTokens + " < 0");
    }
    if (from != null && to != null && !from.isBefore(to)) {
      throw new IllegalArgumentException("from %s is not before to %s".formatted(from, to));
    }
  }

  public static RecallRequest of(MemoryScope scope, String query, int items) {
    return new RecallRequest(scope, query, items, 0, null, null, null, RecallWeights.DEFAULT);
  }

  public RecallRequest withBudget(int tokens) {
    return new RecallRequest(scope, query, items, tokens, from, to, now, weights);
  }

  public RecallRequest withWeights(RecallWeights others) {
    return new RecallRequest(scope, query, items, budgetTokens, from, to, now, others);
  }

  public RecallRequest between(@Nullable Instant start, @Nullable Instant end) {
    return new RecallRequest(scope, query, items, budgetTokens, start, end, now, weights);
  }

  public RecallRequest at(@Nullable Instant time) {
    return new RecallRequest(scope, query, items, budgetTokens, from, to, time, weights);
  }
}
