package engram.memory.control;

import engram.db.Transactions;
import engram.memory.Forgetting;
import engram.memory.Forgetting.Preview;
import engram.memory.Forgetting.Receipt;
import engram.memory.Forgetting.Selection;
import engram.memory.MemoryScope;
import engram.memory.Retention;
import engram.memory.scope.MemoryTransactions;
import engram.retrieval.RefusedException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [Retention] by way of [Forgetting]: with its holds, its reach and its receipts.
public final class StoredRetention implements Retention {
  static final String ACTOR = "retention";
  private static final Instant BEGINNING = Instant.parse("0001-01-01T00:00:00Z");

  /// Users of a tenant whose memories one look erases from.
  private static final int USERS = 100;

  private final Transactions plain;
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final Forgetting forgetting;
  private final Clock clock;

  public StoredRetention(
      Transactions plain,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      Forgetting forgetting,
      Clock clock) {
    this.plain = plain;
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.forgetting = forgetting;
    this.clock = clock;
  }

  @Override
  public Policy keep(MemoryScope scope, int days, String actor) {
    if (days < 1 || days > DAYS_MAX) {
      throw new IllegalArgumentException("days %d is not in [1, %d]".formatted(days, DAYS_MAX));
    }
    return transactions.write(
        scope,
        () ->
            jdbc.sql(
                    """
                    insert into memory_retention (tenant_id, user_id, agent_id, run_id, days, set_by)
                    values (?, ?, ?, ?, ?, ?)
                    on conflict (tenant_id, user_id, agent_id, run_id) do update
                      set days = excluded.days, set_by = excluded.set_by,
                        set_at = clock_timestamp(), checked_at = null, outcome = null
                    returning *
                    """)
                .params(scope.tenant(), scope.user(), scope.agent(), scope.run(), days, actor)
                .query(StoredRetention::policy)
                .single());
  }

  @Override
  public boolean clear(MemoryScope scope) {
    return transactions.write(
        scope,
        () ->
            jdbc.sql(
                        """
                        delete from memory_retention
                        where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ?
                        """)
                    .params(scope.tenant(), scope.user(), scope.agent(), scope.run())
                    .update()
                == 1);
  }

  @Override
  public List<Policy> policies(UUID tenant, String user) {
    return transactions.read(
        MemoryScope.allOf(tenant, user),
        () ->
            jdbc.sql(
                    """
                    select * from memory_retention where tenant_id = ?
                    order by user_id, agent_id, run_id
                    """)
                .param(tenant)
                .query(StoredRetention::policy)
                .list());
  }

  private static Policy policy(ResultSet row, int index) throws SQLException {
    Timestamp checked = row.getTimestamp("checked_at");
    @Nullable String outcome = row.getString("outcome");
    return new Policy(
        new MemoryScope(
            row.getObject("tenant_id", UUID.class),
            row.getString("user_id"),
            row.getString("agent_id"),
            row.getString("run_id")),
        row.getInt("days"),
        row.getString("set_by"),
        row.getTimestamp("set_at").toInstant(),
        checked == null ? null : checked.toInstant(),
        outcome);
  }

  @Override
  public Optional<Policy> enforceNext(Instant notSince) {
    Optional<Policy> next = plain.inSystem(() -> claim(notSince));
    next.ifPresent(policy -> {
      String outcome = enforce(policy);
      plain.inSystem(() -> {
        jdbc.sql(
                """
                update memory_retention set outcome = ?
                where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ?
                """)
            .params(
                outcome,
                policy.scope().tenant(),
                policy.scope().user(),
                policy.scope().agent(),
                policy.scope().run())
            .update();
      });
    });
    return next;
  }

  /// Marks it, so that no other server takes it too.
  private Optional<Policy> claim(Instant notSince) {
    return jdbc.sql(
            """
            update memory_retention set checked_at = ?
            where (tenant_id, user_id, agent_id, run_id) = (
              select tenant_id, user_id, agent_id, run_id from memory_retention
              where checked_at is null or checked_at < ?
              order by checked_at nulls first limit 1 for update skip locked)
            returning *
            """)
        .params(Timestamp.from(clock.instant()), Timestamp.from(notSince))
        .query(StoredRetention::policy)
        .optional();
  }

  private String enforce(Policy policy) {
    MemoryScope scope = policy.scope();
    Instant before = clock.instant().minus(Duration.ofDays(policy.days()));
    long events = 0;
    boolean held = false;
    for (String user : users(scope, before)) {
      MemoryScope one = new MemoryScope(scope.tenant(), user, scope.agent(), scope.run());
      try {
        events += erase(one, before);
      } catch (RefusedException refused) {
        if (!refused.code().equals("legal_hold")) {
          throw refused;
        }
        held = true;
      }
    }
    String erased = events == 0 ? "nothing" : "erased " + events + " events";
    return held ? "held; " + erased : erased;
  }

  private List<String> users(MemoryScope scope, Instant before) {
    if (!scope.user().equals(MemoryScope.ANY)) {
      return List.of(scope.user());
    }
    return transactions.read(
        scope,
        () ->
            jdbc.sql(
                    """
                    select user_id from memory_events where tenant_id = :tenant and at < :before
                    union
                    select user_id from memory_claims
                    where tenant_id = :tenant and event_at < :before and not evidenced
                    order by 1 limit :limit
                    """)
                .param("tenant", scope.tenant())
                .param("before", Timestamp.from(before))
                .param("limit", USERS)
                .query(String.class)
                .list());
  }

  /// In pieces that one erasure can take.
  private long erase(MemoryScope scope, Instant before) {
    long events = 0;
    while (true) {
      Selection old = new Selection.Between(BEGINNING, piece(scope, before));
      Preview preview = forgetting.preview(scope, old);
      if (preview.events() == 0 && preview.claims() == 0) {
        return events;
      }
      Receipt receipt = forgetting.erase(scope, old, ACTOR);
      long gone = receipt.removed().getOrDefault("events", 0L);
      events += gone;
      if (gone < Forgetting.EVENTS_MAX / 2) {
        return events;
      }
    }
  }

  /// Up to when an erasure's worth of events happened.
  private Instant piece(MemoryScope scope, Instant before) {
    return transactions.read(
        scope,
        () ->
            jdbc.sql(
                    """
                    select at from memory_events where tenant_id = ? and user_id = ? and at < ?
                    order by at offset ? limit 1
                    """)
                .params(
                    scope.tenant(), scope.user(), Timestamp.from(before), Forgetting.EVENTS_MAX / 2)
                .query(Timestamp.class)
                .optional()
                .map(Timestamp::toInstant)
                .map(at -> at.plusNanos(1_000))
                .filter(at -> at.isBefore(before))
                .orElse(before));
  }
}
