package engram.memory.level;

import engram.memory.LevelBank;
import engram.memory.MemoryScope;
import engram.memory.level.SummaryRows.Row;
import engram.memory.scope.MemoryTransactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [LevelBank] on PostgreSQL.
public final class StoredLevels implements LevelBank {
  private static final int DEMOTIONS_SHOWN = 100;

  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final SummaryRows rows;
  private final LevelSettings settings;
  private final Forgetfulness forgetfulness;
  private final Clock clock;

  public StoredLevels(
      MemoryTransactions transactions,
      JdbcClient jdbc,
      SummaryRows rows,
      LevelSettings settings,
      Clock clock) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.rows = rows;
    this.settings = settings;
    this.forgetfulness = new Forgetfulness(settings.strengthDays(), settings.budgetBytes());
    this.clock = clock;
  }

  @Override
  public Page read(MemoryScope scope, Level level, long after, int limit) {
    requireUser(scope);
    if (level == Level.TURN) {
      throw new IllegalArgumentException("turns are read from the log, not as summaries");
    }
    if (limit < 1 || limit > PAGE_MAX) {
      throw new IllegalArgumentException("limit %d is not in [1, %d]".formatted(limit, PAGE_MAX));
    }
    Instant now = clock.instant();
    List<Summary> found =
        transactions
            .read(
                scope,
                () ->
                    rows.where(
                        "tenant_id = ? and user_id = ? and level = ? and id > ? order by id limit ?",
                        scope.tenant(),
                        scope.user(),
                        level.text(),
                        after,
                        limit + 1))
            .stream()
            .map(row -> summary(row, now))
            .toList();
    return found.size() <= limit
        ? new Page(found, null)
        : new Page(found.subList(0, limit), found.get(limit - 1).id());
  }

  private static void requireUser(MemoryScope scope) {
    if (scope.user().equals(MemoryScope.ANY)) {
      throw new IllegalArgumentException("levels are one user's, not those of '*'");
    }
  }

  private Summary summary(Row row, Instant now) {
    return new Summary(
        row.id(),
        row.place(),
        row.level(),
        row.text(),
        row.writer(),
        row.state(),
        row.sources(),
        row.from(),
        row.to(),
        row.madeAt(),
        row.recalls(),
        forgetfulness.retention(row.since(), row.recalls(), now));
  }

  @Override
  public Sizes sizes(MemoryScope scope) {
    requireUser(scope);
    return transactions.read(
        scope,
        () -> {
          List<Size> levels = new ArrayList<>();
          levels.add(
              size(
                  Level.TURN,
                  """
                  select count(*), coalesce(sum(octet_length(body)), 0) from memory_events
                  where tenant_id = ? and user_id = ?
                  """,
                  scope.tenant(),
                  scope.user()));
          for (Level level : List.of(Level.EPISODE, Level.TOPIC, Level.PROFILE)) {
            levels.add(
                size(
                    level,
                    """
                    select count(*), coalesce(sum(bytes), 0) from memory_summaries
                    where tenant_id = ? and user_id = ? and level = ? and state <> 'dropped'
                    """,
                    scope.tenant(),
                    scope.user(),
                    level.text()));
          }
          return new Sizes(
              levels,
              settings.budgetBytes(),
              used(scope),
              settings.strengthDays(),
              growth(scope),
              demotions(scope));
        });
  }

  private Size size(Level level, String sql, Object... params) {
    return jdbc.sql(sql)
        .params(params)
        .query((row, index) -> new Size(level, row.getLong(1), row.getLong(2)))
        .single();
  }

  private long used(MemoryScope scope) {
    return jdbc.sql(
            """
            select coalesce(max(used), 0) from (select sum(bytes) used from memory_summaries
              where tenant_id = ? and user_id = ? group by agent_id, run_id) places
            """)
        .params(scope.tenant(), scope.user())
        .query(Long.class)
        .single();
  }

  /// A summary came with what it has now and all that was taken from it since.
  private List<Growth> growth(MemoryScope scope) {
    return jdbc.sql(
            """
            with own as (select id, level, bytes, made_at from memory_summaries
                where tenant_id = :tenant and user_id = :user),
              taken as (select d.summary_id, d.level, d.bytes, d.at from memory_demotions d
                join own on own.id = d.summary_id
                where d.tenant_id = :tenant and d.user_id = :user),
              changes as (
                select recorded_at at, 'turn' as level, octet_length(body)::bigint as bytes
                  from memory_events where tenant_id = :tenant and user_id = :user
                union all
                select made_at, level, bytes + coalesce(
                    (select sum(bytes) from taken where taken.summary_id = own.id), 0) from own
                union all
                select at, level, -bytes from taken)
            select (at at time zone 'UTC')::date as day, level, sum(bytes) as bytes from changes
            group by 1, 2 order by 1, 2
            """)
        .param("tenant", scope.tenant())
        .param("user", scope.user())
        .query((row, index) ->
            new Growth(
                row.getObject("day", LocalDate.class),
                Level.of(row.getString("level")),
                row.getLong("bytes")))
        .list();
  }

  private List<Demotion> demotions(MemoryScope scope) {
    return jdbc.sql(
            """
            select * from memory_demotions where tenant_id = ? and user_id = ?
            order by id desc limit ?
            """)
        .params(scope.tenant(), scope.user(), DEMOTIONS_SHOWN)
        .query(StoredLevels::demotion)
        .list();
  }

  private static Demotion demotion(ResultSet row, int index) throws SQLException {
    return new Demotion(
        row.getLong("summary_id"),
        Level.of(row.getString("level")),
        State.valueOf(row.getString("from_state").toUpperCase(Locale.ROOT)),
        State.valueOf(row.getString("to_state").toUpperCase(Locale.ROOT)),
        row.getFloat("retention"),
        row.getInt("bytes"),
        row.getTimestamp("at").toInstant());
  }
}
