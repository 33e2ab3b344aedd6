package engram.retrieval.library;

import engram.retrieval.Page;
import engram.retrieval.Page.Cursor;
import engram.retrieval.RefusedException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;

/// Pages through rows that are ordered by `(created_at, id)` and of which only some are visible.
///
/// Rows that the caller may not see are passed over, not counted, and cannot serve as a cursor; so
/// pages are full and nothing is shown twice or left out, whatever comes and goes in between.
final class Keyset {
  private static final int ROUND_ROWS = 200;

  private Keyset() {}

  /// A row's place in the order. `id` is a `String` or a `Long`, as the table has it.
  record Place(Instant createdAt, Object id) {}

  /// One round of reading.
  ///
  /// @param ascending which way to read
  /// @param from strictly after it, in the direction of reading; null for the beginning
  /// @param until strictly before it, in the direction of reading; null for the end
  record Round(boolean ascending, @Nullable Place from, @Nullable Place until, int rows) {}

  /// @param place the place of a visible item named by a cursor
  /// @param read the next rows of a round, in its order
  /// @param visible those rows that the caller may see, in the same order
  static <R> Page<R> page(
      Cursor cursor,
      Function<String, Optional<Place>> place,
      Function<Round, List<R>> read,
      Function<R, Place> placeOf,
      Function<List<R>, List<R>> visible) {
    Place after = named(cursor.after(), "after", place);
    Place before = named(cursor.before(), "before", place);
    // With `before` alone, the items nearest before it are wanted: read backwards, then turn round.
    boolean backwards = before != null && after == null;
    boolean ascending = cursor.ascending() != backwards;
    Place from = backwards ? before : after;
    Place until = backwards ? null : before;
    int wanted = cursor.limit() + 1;
    List<R> found = new ArrayList<>();
    boolean more = true;
    while (more && found.size() < wanted) {
      int rows = Math.max(wanted - found.size(), found.isEmpty() ? wanted : ROUND_ROWS);
      List<R> round = read.apply(new Round(ascending, from, until, rows));
      more = round.size() == rows;
      if (!round.isEmpty()) {
        from = placeOf.apply(round.getLast());
        found.addAll(visible.apply(round));
      }
    }
    boolean hasMore = found.size() >= wanted;
    List<R> items = new ArrayList<>(hasMore ? found.subList(0, cursor.limit()) : found);
    if (backwards) {
      Collections.reverse(items);
    }
    return new Page<>(items, hasMore);
  }

  static <R, T> Page<T> map(Page<R> page, Function<List<R>, List<T>> shown) {
    return new Page<>(shown.apply(page.items()), page.hasMore());
  }

  /// The condition and order of a round over a table named `t`, with parameters `:fromAt`,
  /// `:fromId`, `:untilAt`, `:untilId`, `:rows` as far as they occur.
  static String tail(Round round, String alias) {
    String place = "(" + alias + ".created_at, " + alias + ".id)";
    String direction = round.ascending() ? " asc" : " desc";
    StringBuilder sql = new StringBuilder();
    if (round.from() != null) {
      sql.append(" and ").append(place).append(round.ascending() ? " > " : " < ");
      sql.append("(:fromAt, :fromId)");
    }
    if (round.until() != null) {
      sql.append(" and ").append(place).append(round.ascending() ? " < " : " > ");
      sql.append("(:untilAt, :untilId)");
    }
    sql.append(" order by ").append(alias).append(".created_at").append(direction);
    sql.append(", ").append(alias).append(".id").append(direction).append(" limit :rows");
    return sql.toString();
  }

  static StatementSpec bind(StatementSpec statement, Round round) {
    StatementSpec bound = statement.param("rows", round.rows());
    if (round.from() != null) {
      bound.param("fromAt", Timestamp.from(round.from().createdAt()));
      bound.param("fromId", round.from().id());
    }
    if (round.until() != null) {
      bound.param("untilAt", Timestamp.from(round.until().createdAt()));
      bound.param("untilId", round.until().id());
    }
    return bound;
  }

  private static @Nullable Place named(
      @Nullable String id, String name, Function<String, Optional<Place>> place) {
    if (id == null) {
      return null;
    }
    return place
        .apply(id)
        .orElseThrow(() ->
            new RefusedException(
                RefusedException.Reason.INVALID,
                "invalid_cursor",
                "'" + name + "' names nothing in this list: '" + id + "'."));
  }
}
