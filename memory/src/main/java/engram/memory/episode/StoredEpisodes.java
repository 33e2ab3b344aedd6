package engram.memory.episode;

import engram.memory.Episode;
import engram.memory.EpisodeBank;
import engram.memory.MemoryScope;
import engram.memory.scope.MemoryTransactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [EpisodeBank] on PostgreSQL.
public final class StoredEpisodes implements EpisodeBank {
  private static final Instant EVER = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant NEVER = Instant.parse("9999-12-31T23:59:59Z");

  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;

  public StoredEpisodes(MemoryTransactions transactions, JdbcClient jdbc) {
    this.transactions = transactions;
    this.jdbc = jdbc;
  }

  @Override
  public Page timeline(Query query) {
    requireUser(query.scope());
    Place after = query.after() == null ? new Place(EVER, 0) : Place.of(query.after());
    List<Kept> found =
        transactions.read(
            query.scope(),
            () ->
                jdbc.sql(
                        """
                        select * from memory_episodes
                        where tenant_id = ? and user_id = ? and (from_at, id) > (?, ?)
                          and to_at >= ? and from_at < ? and known_from <= ?
                          and (? or session_id = ?)
                        order by from_at, id limit ?
                        """)
                    .params(
                        query.scope().tenant(),
                        query.scope().user(),
                        Timestamp.from(after.at()),
                        after.id(),
                        timestamp(query.from(), EVER),
                        timestamp(query.to(), NEVER),
                        timestamp(query.known(), NEVER),
                        query.session() == null,
                        query.session() == null ? "" : query.session(),
                        query.limit() + 1)
                    .query(StoredEpisodes::kept)
                    .list());
    if (found.size() <= query.limit()) {
      return new Page(found, null);
    }
    Kept last = found.get(query.limit() - 1);
    return new Page(
        found.subList(0, query.limit()), new Place(last.episode().from(), last.id()).text());
  }

  private static void requireUser(MemoryScope scope) {
    if (scope.user().equals(MemoryScope.ANY)) {
      throw new IllegalArgumentException("episodes are one user's, not those of '*'");
    }
  }

  private static Timestamp timestamp(@Nullable Instant time, Instant otherwise) {
    return Timestamp.from(time == null ? otherwise : time);
  }

  /// Where a page ended.
  private record Place(Instant at, long id) {
    static Place of(String text) {
      int slash = text.indexOf('/');
      try {
        return new Place(
            Instant.parse(text.substring(0, Math.max(0, slash))),
            Long.parseLong(text.substring(slash + 1)));
      } catch (DateTimeException | NumberFormatException e) {
        throw new IllegalArgumentException("after '" + text + "' is no page's next", e);
      }
    }

    String text() {
      return at + "/" + id;
    }
  }

  @Override
  public Optional<Kept> find(MemoryScope scope, long id) {
    return transactions.read(
        scope,
        () ->
            jdbc.sql("select * from memory_episodes where tenant_id = ? and id = ?")
                .params(scope.tenant(), id)
                .query(StoredEpisodes::kept)
                .optional());
  }

  private static Kept kept(ResultSet row, int index) throws SQLException {
    MemoryScope place =
        new MemoryScope(
            row.getObject("tenant_id", UUID.class),
            row.getString("user_id"),
            row.getString("agent_id"),
            row.getString("run_id"));
    Episode episode =
        new Episode(
            place,
            row.getString("session_id"),
            row.getInt("first"),
            row.getInt("last"),
            row.getTimestamp("from_at").toInstant(),
            row.getTimestamp("to_at").toInstant(),
            EpisodeRows.boundary(row.getString("boundary")));
    return new Kept(
        row.getLong("id"),
        episode,
        row.getInt("events"),
        row.getTimestamp("known_from").toInstant());
  }

  /// The episodes of some sessions: for each, by its name in the index, the first positions with
  /// the numbers of the episodes that begin there.
  public Map<Long, NavigableMap<Integer, Long>> starts(
      MemoryScope scope, Collection<Long> sessions) {
    Map<Long, NavigableMap<Integer, Long>> starts = new HashMap<>();
    transactions.read(
        scope,
        () -> {
          jdbc.sql(
                  """
                  select index_session, first, id from memory_episodes
                  where tenant_id = ? and user_id = ? and index_session = any(?)
                  """)
              .params(scope.tenant(), scope.user(), sessions.toArray(Long[]::new))
              .query(row -> {
                starts
                    .computeIfAbsent(row.getLong(1), session -> new TreeMap<>())
                    .put(row.getInt(2), row.getLong(3));
              });
          return true;
        });
    return starts;
  }
}
