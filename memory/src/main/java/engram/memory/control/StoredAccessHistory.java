package engram.memory.control;

import engram.db.Transactions;
import engram.memory.AccessHistory;
import engram.memory.MemoryScope;
import engram.memory.scope.MemoryTransactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [AccessHistory] on PostgreSQL, many entries in one statement: a row per recall in its own
/// transaction would cost more than the recall.
public final class StoredAccessHistory implements AccessHistory {
  private static final int WAITING_MAX = 10_000;
  private static final int BATCH = 1_000;

  private record Entry(
      MemoryScope scope,
      Instant at,
      String actor,
      String operation,
      boolean writes,
      List<Long> items,
      long count,
      String requestId) {}

  private final Transactions plain;
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final Clock clock;
  private final BlockingQueue<Entry> waiting = new ArrayBlockingQueue<>(WAITING_MAX);

  /// One writer at a time, or entries would be out of order.
  private final ReentrantLock writing = new ReentrantLock();

  public StoredAccessHistory(
      Transactions plain, MemoryTransactions transactions, JdbcClient jdbc, Clock clock) {
    this.plain = plain;
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.clock = clock;
  }

  @Override
  public void add(
      MemoryScope scope,
      String actor,
      String operation,
      boolean writes,
      List<Long> items,
      String requestId) {
    Entry entry =
        new Entry(
            scope,
            clock.instant(),
            actor,
            operation,
            writes,
            List.copyOf(items.subList(0, Math.min(items.size(), ITEMS_MAX))),
            items.size(),
            requestId);
    while (!waiting.offer(entry)) {
      flush();
    }
  }

  @Override
  public boolean flush() {
    writing.lock();
    try {
      boolean any = false;
      while (true) {
        List<Entry> batch = waiting.stream().limit(BATCH).toList();
        if (batch.isEmpty()) {
          return any;
        }
        any = true;
        plain.inSystem(() -> insert(batch));
        // Only now: a database that is away loses none.
        for (int done = 0; done < batch.size(); done++) {
          waiting.remove();
        }
      }
    } finally {
      writing.unlock();
    }
  }

  private void insert(List<Entry> entries) {
    // Lists of lists are no arrays of SQL: numbers travel as texts.
    jdbc.sql(
            """
            insert into memory_accesses (tenant_id, user_id, agent_id, run_id, at, actor, operation,
              writes, items, count, request_id)
            select tenant, usr, agent, run, at, actor, operation, writes, items::bigint[], count, request
            from unnest(?::uuid[], ?::text[], ?::text[], ?::text[], ?::timestamptz[], ?::text[],
              ?::text[], ?::boolean[], ?::text[], ?::bigint[], ?::text[])
              as row (tenant, usr, agent, run, at, actor, operation, writes, items, count, request)
            where exists (select from tenants where id = tenant)
            """)
        .params(
            entries.stream().map(entry -> entry.scope().tenant()).toArray(UUID[]::new),
            entries.stream().map(entry -> entry.scope().user()).toArray(String[]::new),
            entries.stream().map(entry -> entry.scope().agent()).toArray(String[]::new),
            entries.stream().map(entry -> entry.scope().run()).toArray(String[]::new),
            entries.stream().map(entry -> entry.at().toString()).toArray(String[]::new),
            entries.stream().map(Entry::actor).toArray(String[]::new),
            entries.stream().map(Entry::operation).toArray(String[]::new),
            entries.stream().map(Entry::writes).toArray(Boolean[]::new),
            entries.stream().map(StoredAccessHistory::array).toArray(String[]::new),
            entries.stream().map(Entry::count).toArray(Long[]::new),
            entries.stream().map(Entry::requestId).toArray(String[]::new))
        .update();
  }

  private static String array(Entry entry) {
    return entry.items().toString().replace('[', '{').replace(']', '}');
  }

  @Override
  public List<Access> read(MemoryScope scope, Query query, int limit) {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("limit %d is not in [1, %d]".formatted(limit, LIMIT_MAX));
    }
    flush();
    return transactions.read(
        scope,
        () ->
            jdbc.sql(
                    """
                    select * from memory_accesses where tenant_id = :tenant and user_id = :user
                      and (:writes::boolean is null or writes = :writes)
                      and (:from::timestamptz is null or at >= :from)
                      and (:to::timestamptz is null or at < :to)
                      and (:before::bigint is null or id < :before)
                    order by id desc limit :limit
                    """)
                .param("tenant", scope.tenant())
                .param("user", scope.user())
                .param("writes", query.writes(), Types.BOOLEAN)
                .param("from", time(query.from()), Types.TIMESTAMP)
                .param("to", time(query.to()), Types.TIMESTAMP)
                .param("before", query.before(), Types.BIGINT)
                .param("limit", limit)
                .query(StoredAccessHistory::access)
                .list());
  }

  private static @Nullable Timestamp time(@Nullable Instant instant) {
    return instant == null ? null : Timestamp.from(instant);
  }

  private static Access access(ResultSet row, int index) throws SQLException {
    return new Access(
        row.getLong("id"),
        new MemoryScope(
            row.getObject("tenant_id", UUID.class),
            row.getString("user_id"),
            row.getString("agent_id"),
            row.getString("run_id")),
        row.getTimestamp("at").toInstant(),
        row.getString("actor"),
        row.getString("operation"),
        row.getBoolean("writes"),
        List.of((Long[]) row.getArray("items").getArray()),
        row.getLong("count"),
        row.getString("request_id"));
  }

  @Override
  public int forgetBefore(Instant time, int limit) {
    return plain.inSystem(() ->
        jdbc.sql(
                """
                delete from memory_accesses where id in (
                  select id from memory_accesses where at < ? order by at limit ?
                  for update skip locked)
                """)
            .params(Timestamp.from(time), limit)
            .update());
  }
}
