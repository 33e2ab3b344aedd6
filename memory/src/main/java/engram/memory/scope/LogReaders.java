package engram.memory.scope;

import engram.db.Transactions;
import engram.memory.MemoryScope;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Where the readers of the tenants' logs stand. A reader that works in another way than before
/// begins again.
///
/// Threads: any.
public final class LogReaders {
  private final Transactions plain;
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;

  public LogReaders(Transactions plain, MemoryTransactions transactions, JdbcClient jdbc) {
    this.plain = plain;
    this.transactions = transactions;
    this.jdbc = jdbc;
  }

  /// A tenant's log that goes on after what a reader has read of it.
  ///
  /// @param seq up to there it was read; 0 for nothing yet
  /// @param head the log's last number
  public record Behind(UUID tenant, long seq, long head) {}

  /// One of the tenants that a reader is behind of, any.
  public Optional<Behind> behind(String reader, String way) {
    return plain.readInSystem(() ->
        jdbc.sql(
                """
                select h.tenant_id, coalesce(r.seq, 0), h.seq from memory_heads h
                left join memory_readers r
                  on r.tenant_id = h.tenant_id and r.reader = ? and r.way = ?
                where h.seq > coalesce(r.seq, 0) order by random() limit 1
                """)
            .params(reader, way)
            .query((row, index) ->
                new Behind(row.getObject(1, UUID.class), row.getLong(2), row.getLong(3)))
            .optional());
  }

  /// Some of the tenants in which a reader is behind another one, any.
  ///
  /// @return each with the number up to which the other has read
  public List<Behind> behindOf(String reader, String way, String other, int limit) {
    return plain.readInSystem(() ->
        jdbc.sql(
                """
                select o.tenant_id, coalesce(r.seq, 0), o.seq from memory_readers o
                left join memory_readers r
                  on r.tenant_id = o.tenant_id and r.reader = ? and r.way = ?
                where o.reader = ? and o.seq > coalesce(r.seq, 0) order by random() limit ?
                """)
            .params(reader, way, other, limit)
            .query((row, index) ->
                new Behind(row.getObject(1, UUID.class), row.getLong(2), row.getLong(3)))
            .list());
  }

  /// Whether a reader read this log in another way before.
  public boolean readOtherwise(Behind behind, String reader, String way) {
    return plain.readInSystem(() ->
        jdbc.sql(
                """
                select exists (select 1 from memory_readers
                  where tenant_id = ? and reader = ? and way <> ?)
                """)
            .params(behind.tenant(), reader, way)
            .query(Boolean.class)
            .single());
  }

  /// The number of the last of the next events; the head where there are fewer.
  public long upTo(Behind behind, int events) {
    return transactions.read(
        MemoryScope.whole(behind.tenant()),
        () ->
            jdbc.sql(
                    """
                    select seq from memory_events where tenant_id = ? and seq > ? and seq <= ?
                    order by seq offset ? limit 1
                    """)
                .params(behind.tenant(), behind.seq(), behind.head(), events - 1)
                .query(Long.class)
                .optional()
                .orElse(behind.head()));
  }

  /// Writes what was made of the events up to a number, as the tenant's only writer, unless another
  /// process did so meanwhile.
  public void advance(Behind behind, String reader, String way, long upTo, Runnable write) {
    transactions.write(
        MemoryScope.whole(behind.tenant()),
        () -> {
          transactions.lockHead(behind.tenant());
          if (stands(behind, reader, way)) {
            write.run();
            put(behind, reader, way, upTo);
          }
          return true;
        });
  }

  /// Has a reader begin again. In the caller's transaction, which holds the tenant's head.
  public void beginAgain(UUID tenant, String reader) {
    jdbc.sql("update memory_readers set seq = 0 where tenant_id = ? and reader = ?")
        .params(tenant, reader)
        .update();
  }

  private boolean stands(Behind behind, String reader, String way) {
    return jdbc.sql(
                """
                select coalesce(max(seq), 0) from memory_readers
                where tenant_id = ? and reader = ? and way = ?
                """)
            .params(behind.tenant(), reader, way)
            .query(Long.class)
            .single()
        == behind.seq();
  }

  private void put(Behind behind, String reader, String way, long upTo) {
    jdbc.sql(
            """
            insert into memory_readers (tenant_id, reader, way, seq) values (?, ?, ?, ?)
            on conflict (tenant_id, reader) do update set way = excluded.way, seq = excluded.seq
            """)
        .params(behind.tenant(), reader, way, upTo)
        .update();
  }
}
