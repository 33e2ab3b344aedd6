package engram.memory.scope;

import engram.db.Transactions;
import engram.memory.MemoryScope;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Opens transactions that see one [MemoryScope] and nothing else, whatever their statements say.
///
/// The parts of the scope are settings of the transaction that the policies of the room's tables
/// compare with; where they are unset, no row shows. Threads: any.
public final class MemoryTransactions {
  private final Transactions transactions;
  private final JdbcClient jdbc;

  public MemoryTransactions(Transactions transactions, JdbcClient jdbc) {
    this.transactions = transactions;
    this.jdbc = jdbc;
  }

  public <T> T write(MemoryScope scope, Supplier<T> work) {
    return transactions.inTenant(scope.tenant(), () -> within(scope, work));
  }

  public <T> T read(MemoryScope scope, Supplier<T> work) {
    return transactions.readInTenant(scope.tenant(), () -> within(scope, work));
  }

  private <T> T within(MemoryScope scope, Supplier<T> work) {
    jdbc.sql(
            """
            select set_config('engram.memory_user', ?, true),
              set_config('engram.memory_agent', ?, true), set_config('engram.memory_run', ?, true)
            """)
        .params(scope.user(), scope.agent(), scope.run())
        .query((row, index) -> true)
        .single();
    return work.get();
  }

  /// Where a tenant's log stands.
  ///
  /// @param seq the last number that was given
  /// @param now the time of this transaction, later than that of every one before it
  public record Head(long seq, Instant now) {}

  /// Makes this the tenant's only writer until its transaction ends, and reads where the log
  /// stands. Statements that follow see all that earlier writers wrote.
  public Head lockHead(UUID tenant) {
    jdbc.sql("insert into memory_heads (tenant_id) values (?) on conflict do nothing")
        .param(tenant)
        .update();
    // A clock that was set back must not make a later transaction look earlier.
    return jdbc.sql(
            """
            update memory_heads
            set tx_at = greatest(clock_timestamp(), tx_at + interval '1 microsecond')
            where tenant_id = ? returning seq, tx_at
            """)
        .param(tenant)
        .query((row, index) -> new Head(row.getLong(1), row.getTimestamp(2).toInstant()))
        .single();
  }

  /// Gives numbers up to `seq`. Only after [#lockHead] in the same transaction.
  public void advance(UUID tenant, long seq) {
    jdbc.sql("update memory_heads set seq = ? where tenant_id = ?").params(seq, tenant).update();
  }

  public static Timestamp timestamp(Instant instant) {
    return Timestamp.from(instant);
  }
}
