package engram.db;

import java.sql.Types;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/// Durable long work, on the database: a job outlives any process, is worked on by one worker at a
/// time, and its end is written once. Here jobs are asked for, looked at and called off; workers
/// take them through [JobClaims].
///
/// Transactions: each call joins the caller's, so that a job is enqueued together with the rows
/// that it is about. Without one it opens its own in the scope of the thread. All times are the
/// database's.
///
/// Threads: any.
public final class JobLedger {
  private static final int PARAMS_CHARS_MAX = 64 << 10;
  private static final int PAGE_MAX = 500;
  private static final int ENQUEUE_TRIES_MAX = 10;

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final JsonMapper json;
  private final JobRows rows;

  public JobLedger(JdbcClient jdbc, Transactions transactions, JsonMapper json) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.json = json;
    this.rows = new JobRows(json);
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
        jdbc.sql("select * from jobs where id = :id").param("id", id).query(rows::job).optional());
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
    List<Job> jobs = inScope(() -> jdbc.sql(sql.toString()).params(values).query(rows::job).list());
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
        .param("lane", JobRows.lane(tenant))
        .param("kind", request.kind())
        .param("subject", request.subject())
        .query(UUID.class)
        .optional();
  }

  private <T> T inScope(Supplier<T> work) {
    return transactions.inCurrent(work);
  }

  /// Row-level security hides other tenants' rows; this lets an index find one's own.
  private static void ownLane(StringBuilder sql, Map<String, Object> values) {
    if (TenantScope.current() instanceof Scope.Tenant(UUID tenant)) {
      sql.append(" and lane = :lane");
      values.put("lane", tenant);
    }
  }
}
