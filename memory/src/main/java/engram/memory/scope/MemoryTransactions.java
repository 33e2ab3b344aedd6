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
  private final KeyGenerations generations;

  /// Hears, in each transaction, how many keys of the tenant were destroyed so far.
  public interface KeyGenerations {
    void observed(UUID tenant, long generation);
  }

  public MemoryTransactions(
      Transactions transactions, JdbcClient jdbc, KeyGenerations generations) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.generations = generations;
  }

  public <T> T write(MemoryScope scope, Supplier<T> work) {
    return transactions.inTenant(scope.tenant(), () -> within(scope, work));
  }

  public <T> T read(MemoryScope scope, Supplier<T> work) {
    return transactions.readInTenant(scope.tenant(), () -> within(scope, work));
  }

  private <T> T within(MemoryScope scope, Supplier<T> work) {
    long generation =
        jdbc.sql(
                """
                select set_config('engram.memory_user', ?, true),
                  set_config('engram.memory_agent', ?, true),
                  set_config('engram.memory_run', ?, true),
                  coalesce((select key_generation from memory_heads where tenant_id = ?), 0)
                """)
            .params(scope.user(), scope.agent(), scope.run(), scope.tenant())
            .query((row, index) -> row.getLong(4))
            .single();
    generations.observed(scope.tenant(), generation);
    return work.get();
  }

  /// Passes on what a look at the heads of all tenants has read.
  ///
  /// @param keyGeneration how many keys of the tenant were destroyed
  public void heard(UUID tenant, long keyGeneration) {
    generations.observed(tenant, keyGeneration);
  }

  /// Where a tenant's log stands.
  ///
  /// @param seq the last number that was given
  /// @param now the time of this transaction, later than that of every one before it
  public record Head(long seq, Instant now) {}

  /// Makes this the tenant's only writer until its transaction ends, and reads where the log
  /// stands. Statements that follow see all that earlier writers wrote, and keys that are asked for
  /// from now on are those that stand.
  public Head lockHead(UUID tenant) {
    jdbc.sql("insert into memory_heads (tenant_id) values (?) on conflict do nothing")
        .param(tenant)
        .update();
    // A clock that was set back must not make a later transaction look earlier.
    return jdbc.sql(
            """
            update memory_heads
            set tx_at = greatest(clock_timestamp(), tx_at + interval '1 microsecond')
            where tenant_id = ? returning seq, tx_at, key_generation
            """)
        .param(tenant)
        .query((row, index) -> {
          generations.observed(tenant, row.getLong(3));
          return new Head(row.getLong(1), row.getTimestamp(2).toInstant());
        })
        .single();
  }

  /// Says that a key of the tenant is being destroyed. Only after [#lockHead] in the same
  /// transaction.
  public void countDestroyedKey(UUID tenant) {
    jdbc.sql("update memory_heads set key_generation = key_generation + 1 where tenant_id = ?")
        .param(tenant)
        .update();
  }

  /// Where a tenant's log stands, for who only reads.
  public Head head(UUID tenant) {
    return jdbc.sql(
            "select seq, greatest(tx_at, '0001-01-01') from memory_heads where tenant_id = ?")
        .param(tenant)
        .query((row, index) -> new Head(row.getLong(1), row.getTimestamp(2).toInstant()))
        .optional()
        .orElse(new Head(0, Instant.EPOCH));
  }

  /// Gives numbers up to `seq`. Only after [#lockHead] in the same transaction.
  public void advance(UUID tenant, long seq) {
    jdbc.sql("update memory_heads set seq = ? where tenant_id = ?").params(seq, tenant).update();
  }

  public static Timestamp timestamp(Instant instant) {
    return Timestamp.from(instant);
  }
}
