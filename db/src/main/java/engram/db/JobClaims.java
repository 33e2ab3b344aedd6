package engram.db;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import tools.jackson.databind.json.JsonMapper;

/// The workers' side of the [JobLedger].
///
/// A worker [claims][#claim] a job for the length of a lease and keeps it by
/// [heartbeats][#heartbeat]. When the lease ends without one, the job goes back into the queue.
/// Whatever a worker writes is fenced: after its claim was lost, every call answers false and
/// changes nothing. **A worker that is answered false must roll back what it did in the same
/// transaction.**
///
/// Transactions: each call joins the caller's, so that a job is finished together with the rows
/// that it is about. Without one it opens its own, as system. All times are the database's.
///
/// Threads: any.
public final class JobClaims {
  private static final int MESSAGE_CHARS_MAX = 2000;
  private static final int CODE_CHARS_MAX = 64;
  private static final int OWNER_CHARS_MAX = 200;
  private static final int REAP_MAX = 100;

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final JsonMapper json;
  private final JobRows rows;
  private final Backoff backoff;

  /// The lane that was served last. Only a hint: everyone walks the lanes on its own, from its own
  /// beginning.
  private volatile UUID lastLane = new UUID(new SecureRandom().nextLong(), 0);

  public JobClaims(JdbcClient jdbc, Transactions transactions, JsonMapper json) {
    this(jdbc, transactions, json, new Backoff(Duration.ofSeconds(2), Duration.ofMinutes(10)));
  }

  JobClaims(JdbcClient jdbc, Transactions transactions, JsonMapper json, Backoff backoff) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.json = json;
    this.rows = new JobRows(json);
    this.backoff = backoff;
  }

  /// How long a job waits after a failure: `first` doubled with each attempt, at most `most`, and a
  /// random part between half and all of that, so that jobs that failed together do not come back
  /// together.
  record Backoff(Duration first, Duration most) {
    Duration after(int attempt) {
      long millis = first.toMillis() << Math.min(attempt - 1, 20);
      long bounded = Math.min(millis, most.toMillis());
      return Duration.ofMillis(ThreadLocalRandom.current().nextLong(bounded / 2, bounded + 1));
    }
  }

  /// Takes the next job of one of these kinds, for as long as `lease`. Tenants take turns, whatever
  /// the length of their queues; within a tenant the highest priority comes first, then the oldest.
  ///
  /// @param owner names this worker, at most 200 characters
  public Optional<Job.Claim> claim(Set<String> kinds, String owner, Duration lease) {
    if (kinds.isEmpty()
        || owner.isEmpty()
        || owner.length() > OWNER_CHARS_MAX
        || !lease.isPositive()) {
      throw new IllegalArgumentException(
          "kinds %s, owner \"%s\" or lease %s is empty or too long".formatted(kinds, owner, lease));
    }
    return transactions.inSystem(() -> {
      reap();
      UUID after = lastLane;
      Optional<Job.Claim> claim = claim(kinds, owner, lease, "lane > :after", after);
      if (claim.isEmpty()) {
        claim = claim(kinds, owner, lease, "lane <= :after", after);
      }
      claim.ifPresent(c -> lastLane = JobRows.lane(c.tenant()));
      return claim;
    });
  }

  /// Keeps a claim for another `lease` from now.
  ///
  /// @return false when the worker must stop: the claim is lost, or the job was cancelled (then
  ///   tell it with [#cancelled])
  public boolean heartbeat(Job.Claim claim, Duration lease) {
    return update(
        claim,
        "lease_until = clock_timestamp() + :millis * interval '1 millisecond'",
        "and not cancel_requested",
        Map.of("millis", lease.toMillis()));
  }

  /// Reports how far the work is; whatever Jackson can write, replaces the last report.
  public boolean progress(Job.Claim claim, Object progress) {
    return update(
        claim,
        "progress = :progress::jsonb",
        "",
        Map.of("progress", json.writeValueAsString(progress)));
  }

  /// The work is done.
  public boolean succeed(Job.Claim claim) {
    return finish(claim, Job.State.SUCCEEDED, "", "");
  }

  /// The work failed for a reason that may pass: it is queued again after a pause, or is dead when
  /// this was the last attempt, or cancelled when that was asked for.
  public boolean failRetry(Job.Claim claim, String code, String message) {
    Map<String, Object> values =
        Map.of(
            "code", shortened(code, CODE_CHARS_MAX),
            "message", shortened(message, MESSAGE_CHARS_MAX),
            "millis", backoff.after(claim.attempt()).toMillis());
    return update(
        claim,
        """
        state = case when cancel_requested then 'cancelled'
                     when attempts >= max_attempts then 'dead' else 'queued' end,
        finished_at = case when cancel_requested or attempts >= max_attempts
                           then clock_timestamp() end,
        run_after = clock_timestamp() + :millis * interval '1 millisecond',
        lease_owner = null, lease_until = null,
        error_code = :code, error_message = :message\
        """,
        "",
        values);
  }

  /// The work failed for a reason that stays.
  public boolean failFinal(Job.Claim claim, String code, String message) {
    return finish(claim, Job.State.FAILED, code, message);
  }

  /// The worker stopped because the job was cancelled.
  public boolean cancelled(Job.Claim claim) {
    return finish(claim, Job.State.CANCELLED, "", "");
  }

  /// Puts jobs whose worker fell silent back into the queue, or ends those that shall not go on.
  private void reap() {
    jdbc.sql(
            """
            with silent as materialized (select id from jobs where state = 'running'
              and lease_until < clock_timestamp() order by lease_until
              limit :limit for update skip locked)
            update jobs set
              state = case when cancel_requested then 'cancelled'
                           when attempts >= max_attempts then 'dead' else 'queued' end,
              finished_at = case when cancel_requested or attempts >= max_attempts
                                 then clock_timestamp() end,
              run_after = clock_timestamp(), lease_owner = null, lease_until = null,
              error_code = 'lease_expired',
              error_message = 'The worker fell silent in attempt ' || attempts || '.'
            from silent where jobs.id = silent.id\
            """)
        .param("limit", REAP_MAX)
        .update();
  }

  private Optional<Job.Claim> claim(
      Set<String> kinds, String owner, Duration lease, String turn, UUID after) {
    return jdbc.sql(
            """
            update jobs set state = 'running', attempts = attempts + 1, fence = fence + 1,
              lease_owner = :owner,
              lease_until = clock_timestamp() + :millis * interval '1 millisecond',
              started_at = coalesce(started_at, clock_timestamp())
            where id = (select id from jobs where state = 'queued' and kind in (:kinds)
              and run_after <= clock_timestamp() and %s
              order by lane, priority desc, run_after, id limit 1 for update skip locked)
            returning *\
            """
                .formatted(turn))
        .param("owner", owner)
        .param("millis", lease.toMillis())
        .param("kinds", kinds)
        .param("after", after)
        .query(rows::claim)
        .optional();
  }

  private boolean finish(Job.Claim claim, Job.State state, String code, String message) {
    Map<String, Object> values =
        Map.of(
            "state", state.text(),
            "code", shortened(code, CODE_CHARS_MAX),
            "message", shortened(message, MESSAGE_CHARS_MAX));
    return update(
        claim,
        """
        state = :state, finished_at = clock_timestamp(), lease_owner = null, lease_until = null,
        error_code = nullif(:code, ''), error_message = nullif(:message, '')\
        """,
        "",
        values);
  }

  /// Changes a job that is still this claim's.
  private boolean update(
      Job.Claim claim, String set, String condition, Map<String, Object> values) {
    return asWorker(() ->
        jdbc.sql(
                    "update jobs set "
                        + set
                        + " where id = :id and state = 'running' and lease_owner = :owner"
                        + " and fence = :fence "
                        + condition)
                .params(values)
                .param("id", claim.id())
                .param("owner", claim.owner())
                .param("fence", claim.fence())
                .update()
            == 1);
  }

  /// A worker between transactions has no scope; what lets it write is its fence.
  private <T> T asWorker(Supplier<T> work) {
    return TransactionSynchronizationManager.isActualTransactionActive()
        ? work.get()
        : transactions.inSystem(work);
  }

  private static String shortened(String text, int charsMax) {
    String clean = text.replace('\0', ' ');
    return clean.length() <= charsMax ? clean : clean.substring(0, charsMax - 1) + "…";
  }
}
