package engram.api.rest;

import engram.api.error.Failure;
import engram.retrieval.Page;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A piece of a list.
///
/// @param next the `after` of the request for the next piece; null on the last
public record Listing<T>(List<T> items, boolean hasMore, @Nullable String next) {
  private static final int LIMIT_DEFAULT = 20;

  public static <T> Listing<T> of(Page<T> page, Function<T, String> id) {
    boolean more = page.hasMore() && !page.items().isEmpty();
    return new Listing<>(page.items(), more, more ? id.apply(page.items().getLast()) : null);
  }

  /// Newest first.
  public static Page.Cursor cursor(@Nullable Integer limit, @Nullable String after) {
    return new Page.Cursor(limit(limit), false, after, null);
  }

  public static int limit(@Nullable Integer limit) {
    int items = limit == null ? LIMIT_DEFAULT : limit;
    if (items < 1 || items > Page.LIMIT_MAX) {
      throw Failure.invalid("limit", "'limit' " + items + " is not in [1, " + Page.LIMIT_MAX + "].")
          .toException();
    }
    return items;
  }
}
