package engram.api.openai;

import engram.retrieval.DocumentStatus;
import engram.retrieval.Page;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads the paging parameters of `/v1` lists.
public final class Cursors {
  private static final int LIMIT_DEFAULT = 20;

  private Cursors() {}

  /// @param order `asc` or `desc` by time of creation; newest first unless said
  public static Page.Cursor read(
      @Nullable Integer limit,
      @Nullable String order,
      @Nullable String after,
      @Nullable String before) {
    if (after != null && before != null) {
      throw RequestProblem.invalid("before", "Give 'after' or 'before', not both.");
    }
    boolean ascending =
        switch (order == null ? "desc" : order) {
          case "asc" -> true;
          case "desc" -> false;
          default -> throw RequestProblem.invalid("order", "'order' is 'asc' or 'desc'.");
        };
    int items = limit == null ? LIMIT_DEFAULT : limit;
    if (items < 1 || items > Page.LIMIT_MAX) {
      throw RequestProblem.invalid(
          "limit", "'limit' " + items + " is not in [1, " + Page.LIMIT_MAX + "].");
    }
    return new Page.Cursor(items, ascending, after, before);
  }

  /// The `filter` of lists of documents.
  public static @Nullable DocumentStatus status(@Nullable String filter) {
    return switch (filter) {
      case null -> null;
      case "in_progress" -> DocumentStatus.IN_PROGRESS;
      case "completed" -> DocumentStatus.COMPLETED;
      case "failed" -> DocumentStatus.FAILED;
      case "cancelled" -> DocumentStatus.CANCELLED;
      default ->
          throw RequestProblem.invalid(
              "filter", "'filter' is 'in_progress', 'completed', 'failed' or 'cancelled'.");
    };
  }

  public static String name(DocumentStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }
}
