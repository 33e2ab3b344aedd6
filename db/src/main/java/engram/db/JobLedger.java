package engram.db;

import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import tools.jackson.databind.json.JsonMapper;

/// Durable long work, on the database: a job outlives any process, is worked on by one worker at a
/// time, and its end is written once.
///
/// A worker [claims][#claim] a job for the length of a lease and keeps it by
/// [heartbeats][#heartbeat]. When the lease ends without one, the job goes back into the queue.
/// Whatever a worker writes is fenced: after its claim was lost, every call answers false and
/// changes nothing. **A worker that is answered false must roll back what it did in the same
/// transaction.**
///
/// Transactions: each call joins the caller's, so that a job is enqueued or finished together with
/// the rows that it is about. Without one it opens its own: the worker's calls as system, all
/// others in the scope of the thread. All times are the database's.
///
/// Threads: any.
public final class JobLedger {
  private static final int PARAMS_CHARS_MAX = 64 << 10;
  private static final int MESSAGE_CHARS_MAX = 2000;
  private static final int CODE_CHARS_MAX = 64;
  private static final int REAP_MAX = 100;
  private static final int PAGE_MAX = 500;
  private static final int ENQUEUE_TRIES_MAX = 10;

  private static final UUID SYSTEM_LANE = new UUID(0, 0);

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final JsonMapper json;
  private final Backoff backoff;

  /// The lane that was served last. Only a hint: every ledger walks the lanes on its own, from its
  /// own beginning.
  private volatile UUID lastLane = new UUID(new SecureRandom().nextLong(), 0);

  public JobLedger(JdbcClient jdbc, Transactions transactions, JsonMapper json) {
    this(jdbc, transactions, json, new Backoff(Duration.ofSeconds(2), Duration.ofMinutes(10)));
  }

  JobLedger(JdbcClient jdbc, Transactions transactions, JsonMapper json, Backoff backoff) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.json = json;
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

  /// Enqueues with the usual number of attempts and no delay.
  ///
  /// @see #enqueue(Job.Request)
  public UUID enqueue(String kind, String subject, Object params, int priority) {
    return enqueue(
        new Job.Request(kind, subject, params, priority, Job.Request.MAX_ATTEMPTS, Duration.ZERO));
  }

  /// Adds a job for the tenant of the scope, or for the whole system in the system's scope. If one
  /// of the same kind and subject is queued or running there, that one stands for it.
  ///
  /// @return the new job's id, or that one's
  public UUID enqueue(Job.Request request) {
    UUID tenant = TenantScope.current() instanceof Scope.AllTenants ? null : TenantScope.tenant();
    String params = json.writeValueAsString(request.params());
    if (params.length() > PARAMS_CHARS_MAX || params.contains("\\u0000")) {
      throw new IllegalArgumentException(
          "params must be at most %d characters of JSON without NUL".formatted(PARAMS_CHARS_MAX));
    }
    return inScope(() -> {
      // The one that stands for it may end between the two statements; then ours is next.
      for (int tries = 0; tries < ENQUEUE_TRIES_MAX; tries++) {
        Optional<UUID> id = insert(tenant, request, params);
        if (id.isEmpty()) {
          id = active(tenant, request);
        }
        if (id.isPresent()) {
          return id.get();
        }
      }
      throw new IllegalStateException("The job could not be enqueued: too many writers");
    });
  }

  /// Takes the next job of one of these kinds, for as long as `lease`. Tenants take turns, whatever
  /// the length of their queues; within a tenant the highest priority comes first, then the oldest.
  ///
  /// @param owner names this worker, at most 200 characters
  public Optional<Job.Claim> claim(Set<String> kinds, String owner, Duration lease) {
    if (kinds.isEmpty() || owner.isEmpty() || owner.length() > 200 || !lease.isPositive()) {
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
      claim.ifPresent(c -> lastLane = lane(c.tenant()));
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

  /// Asks for a job's end: at once when it is queued, at its worker's next heartbeat when it runs.
  ///
  /// @return false when there is no such live job in this scope
  public boolean cancel(UUID id) {
    return inScope(() ->
        jdbc.sql(
                    """
                    update jobs set cancel_requested = true,
                      state = case state when 'queued' then 'cancelled' else state end,
                      finished_at = case state when 'queued' then clock_timestamp() end
                    where id = :id and state in ('queued', 'running')\
                    """)
                .param("id", id)
                .update()
            == 1);
  }

  /// Queues a job again that failed, died or was cancelled, with all its attempts.
  ///
  /// @return false when there is no such job in this scope, or a live one has its subject
  public boolean retry(UUID id) {
    return inScope(() ->
        jdbc.sql(
                    """
                    update jobs set state = 'queued', attempts = 0, run_after = clock_timestamp(),
                      cancel_requested = false, progress = null, error_code = null,
                      error_message = null, started_at = null, finished_at = null
                    where id = :id and state in ('failed', 'dead', 'cancelled')
                      and not exists (select from jobs other
                        where other.lane = jobs.lane and other.kind = jobs.kind
                          and other.subject = jobs.subject
                          and other.state in ('queued', 'running'))\
                    """)
                .param("id", id)
                .update()
            == 1);
  }

  public Optional<Job> find(UUID id) {
    return inScope(() ->
        jdbc.sql("select * from jobs where id = :id").param("id", id).query(this::job).optional());
  }

  /// Jobs of this scope, newest first.
  ///
  /// @param cursor [Job.Page#next] of the page before; null for the first
  /// @param limit jobs per page, 1 to 500
  public Job.Page list(Job.Filter filter, @Nullable UUID cursor, int limit) {
    if (limit < 1 || limit > PAGE_MAX) {
      throw new IllegalArgumentException("limit %d is not in [1, %d]".formatted(limit, PAGE_MAX));
    }
    StringBuilder sql = new StringBuilder("select * from jobs where true");
    Map<String, Object> values = new HashMap<>();
    ownLane(sql, values);
    if (!filter.states().isEmpty()) {
      sql.append(" and state in (:states)");
      values.put("states", filter.states().stream().map(Job.State::text).toList());
    }
    if (!filter.kinds().isEmpty()) {
      sql.append(" and kind in (:kinds)");
      values.put("kinds", filter.kinds());
    }
    if (filter.subject() != null) {
      sql.append(" and subject = :subject");
      values.put("subject", filter.subject());
    }
    if (cursor != null) {
      sql.append(" and id < :cursor");
      values.put("cursor", cursor);
    }
    sql.append(" order by id desc limit ").append(limit + 1);
    List<Job> jobs = inScope(() -> jdbc.sql(sql.toString()).params(values).query(this::job).list());
    return jobs.size() <= limit
        ? new Job.Page(jobs, null)
        : new Job.Page(jobs.subList(0, limit), jobs.get(limit - 1).id());
  }

  /// How many jobs of this scope are in each state; states without any are 0.
  public Map<Job.State, Long> counts() {
    StringBuilder sql = new StringBuilder("select state, count(*) from jobs where true");
    Map<String, Object> values = new HashMap<>();
    ownLane(sql, values);
    sql.append(" group by state");
    Map<Job.State, Long> counts = new EnumMap<>(Job.State.class);
    for (Job.State state : Job.State.values()) {
      counts.put(state, 0L);
    }
    List<Map.Entry<Job.State, Long>> rows =
        inScope(() ->
            jdbc.sql(sql.toString())
                .params(values)
                .query((row, i) -> Map.entry(Job.State.of(row.getString(1)), row.getLong(2)))
                .list());
    rows.forEach(row -> counts.put(row.getKey(), row.getValue()));
    return counts;
  }

  /// Forgets finished jobs of this scope that ended longer ago than `age`, at most `limit` of them.
  ///
  /// @return how many
  public int forgetFinished(Duration age, int limit) {
    return inScope(() ->
        jdbc.sql(
                """
                with old as materialized (select id from jobs
                  where finished_at < clock_timestamp() - :millis * interval '1 millisecond'
                  order by finished_at limit :limit for update skip locked)
                delete from jobs using old where jobs.id = old.id\
                """)
            .param("millis", age.toMillis())
            .param("limit", limit)
            .update());
  }

  private Optional<UUID> insert(@Nullable UUID tenant, Job.Request request, String params) {
    return jdbc.sql(
            """
            insert into jobs (id, tenant_id, kind, subject, params, priority, max_attempts, run_after)
            values (:id, :tenant, :kind, :subject, :params::jsonb, :priority, :maxAttempts,
              clock_timestamp() + :millis * interval '1 millisecond')
            on conflict (lane, kind, subject) where state in ('queued', 'running') do nothing
            returning id\
            """)
        .param("id", UuidV7.next())
        .param("tenant", tenant, Types.OTHER)
        .param("kind", request.kind())
        .param("subject", request.subject())
        .param("params", params)
        .param("priority", request.priority())
        .param("maxAttempts", request.maxAttempts())
        .param("millis", request.delay().toMillis())
        .query(UUID.class)
        .optional();
  }

  private Optional<UUID> active(@Nullable UUID tenant, Job.Request request) {
    return jdbc.sql(
            """
            select id from jobs where lane = :lane and kind = :kind and subject = :subject
              and state in ('queued', 'running')\
            """)
        .param("lane", lane(tenant))
        .param("kind", request.kind())
        .param("subject", request.subject())
        .query(UUID.class)
        .optional();
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
        .query(this::claim)
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

  private <T> T inScope(Supplier<T> work) {
    return transactions.inCurrent(work);
  }

  /// A worker between transactions has no scope; what lets it write is its fence.
  private <T> T asWorker(Supplier<T> work) {
    return TransactionSynchronizationManager.isActualTransactionActive()
        ? work.get()
        : transactions.inSystem(work);
  }

  /// Row-level security hides other tenants' rows; this lets an index find one's own.
  private static void ownLane(StringBuilder sql, Map<String, Object> values) {
    if (TenantScope.current() instanceof Scope.Tenant(UUID tenant)) {
      sql.append(" and lane = :lane");
      values.put("lane", tenant);
    }
  }

  private static UUID lane(@Nullable UUID tenant) {
    return tenant == null ? SYSTEM_LANE : tenant;
  }

  private static String shortened(String text, int charsMax) {
    String clean = text.replace('\0', ' ');
    return clean.length() <= charsMax ? clean : clean.substring(0, charsMax - 1) + "…";
  }

  private Job.Claim claim(ResultSet row, int index) throws SQLException {
    return new Job.Claim(
        uuid(row, "id"),
        row.getObject("tenant_id", UUID.class),
        row.getString("kind"),
        row.getString("subject"),
        json.readTree(row.getString("params")),
        row.getInt("attempts"),
        row.getInt("max_attempts"),
        row.getString("lease_owner"),
        row.getLong("fence"));
  }

  private Job job(ResultSet row, int index) throws SQLException {
    String progress = row.getString("progress");
    return new Job(
        uuid(row, "id"),
        row.getObject("tenant_id", UUID.class),
        row.getString("kind"),
        row.getString("subject"),
        json.readTree(row.getString("params")),
        Job.State.of(row.getString("state")),
        row.getInt("priority"),
        row.getInt("attempts"),
        row.getInt("max_attempts"),
        row.getTimestamp("run_after").toInstant(),
        row.getBoolean("cancel_requested"),
        progress == null ? null : json.readTree(progress),
        row.getString("error_code"),
        row.getString("error_message"),
        row.getTimestamp("created_at").toInstant(),
        instant(row.getTimestamp("started_at")),
        instant(row.getTimestamp("finished_at")));
  }

  private static UUID uuid(ResultSet row, String column) throws SQLException {
    return row.getObject(column, UUID.class);
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
