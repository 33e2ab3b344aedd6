package engram.api.admin;

import engram.retrieval.Page;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/// A piece of a list.
///
/// @param next to be given as `after` for the next piece
@JsonNaming(SnakeCaseStrategy.class)
record Listing<T>(List<T> data, boolean hasMore, @Nullable String next) {

  /// @param found one more than the limit, if there are more
  static <T> Listing<T> of(List<T> found, int limit, Function<T, String> id) {
    boolean more = found.size() > limit;
    List<T> data = more ? found.subList(0, limit) : found;
    return new Listing<>(List.copyOf(data), more, more ? id.apply(data.getLast()) : null);
  }

  static void checkLimit(int limit) {
    if (limit < 1 || limit > Page.LIMIT_MAX) {
      throw new IllegalArgumentException(
          "limit " + limit + " is not in [1, " + Page.LIMIT_MAX + "]");
    }
  }
}
