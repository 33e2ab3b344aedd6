package engram.retrieval;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A piece of a list.
public record Page<T>(List<T> items, boolean hasMore) {
  public static final int LIMIT_MAX = 100;

  public Page {
    items = List.copyOf(items);
  }

  /// Which piece: at most `limit` items after (or before) the item with an id, by time of creation.
  public record Cursor(
      int limit, boolean ascending, @Nullable String after, @Nullable String before) {
    public Cursor {
      if (limit < 1 || limit > LIMIT_MAX) {
        throw new IllegalArgumentException("limit " + limit + " is not in [1, " + LIMIT_MAX + "]");
      }
    }

    public static Cursor first(int limit) {
      return new Cursor(limit, false, null, null);
    }
  }
}
