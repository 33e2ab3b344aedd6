package engram.eval.run;

import engram.db.Job;
import engram.db.JobLedger;
import engram.db.UuidV7;
import engram.eval.EvaluationRun;
import engram.eval.EvaluationRun.Configuration;
import engram.eval.EvaluationRun.Outcome;
import engram.eval.EvaluationRun.Summary;
import engram.retrieval.Access;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The tables of runs. Each call joins the caller's transaction.
final class RunRows {
  private static final TypeReference<List<Configuration>> CONFIGURATIONS = new TypeReference<>() {};
  private static final TypeReference<Map<String, Double>> METRICS = new TypeReference<>() {};
  private static final TypeReference<Map<String, Integer>> RANKS = new TypeReference<>() {};
  private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};
  private static final String SELECT =
      "select r.*, s.name as set_name from evaluation_runs r join judged_sets s on s.id = r.set_id ";

  private final JdbcClient jdbc;
  private final JobLedger ledger;
  private final JsonMapper json;

  RunRows(JdbcClient jdbc, JobLedger ledger, JsonMapper json) {
    this.jdbc = jdbc;
    this.ledger = ledger;
    this.json = json;
  }

  /// What one query gave under one configuration.
  record Result(int query, int configuration, Outcome outcome, List<String> notes) {}

  String insert(Access access, EvaluationRun.Draft draft, String name) {
    String id = "eval_" + UuidV7.next().toString().replace("-", "");
    jdbc.sql(
            """
            insert into evaluation_runs (id, tenant_id, set_id, collection_id, name, configurations,
              metrics, answers, count_missing, seed, created_by)
            values (?, ?, ?, ?, ?, ?::json, ?::json, ?, ?, ?, ?)
            """)
        .param(id)
        .param(access.tenant())
        .param(draft.setId())
        .param(draft.collectionId())
        .param(name)
        .param(json.writeValueAsString(draft.configurations()))
        .param(json.writeValueAsString(draft.metrics()))
        .param(draft.answers())
        .param(draft.countMissing())
        .param(draft.seed())
        .param(access.actor())
        .update();
    return id;
  }

  void queued(String id, UUID job) {
    jdbc.sql("update evaluation_runs set job_id = ? where id = ?").param(job).param(id).update();
  }

  EvaluationRun find(Access access, String id) {
    return jdbc.sql(
            SELECT
                + """
                where r.id = :id and r.tenant_id = :tenant and (:all or r.created_by = :actor)
                """)
        .param("id", id)
        .param("tenant", access.tenant())
        .param("all", access.isUnrestricted())
        .param("actor", access.actor())
        .query(this::run)
        .optional()
        .orElseThrow(() -> new NotFoundException("evaluation", id));
  }

  /// For its worker, in the tenant's scope.
  Optional<EvaluationRun> find(String id) {
    return jdbc.sql(SELECT + "where r.id = ?").param(id).query(this::run).optional();
  }

  Page<EvaluationRun> list(Access access, Page.Cursor cursor) {
    List<EvaluationRun> found =
        jdbc.sql(
                SELECT
                    + """
                    where r.tenant_id = :tenant and (:all or r.created_by = :actor)
                      and (:after::text is null or r.id < :after)
                    order by r.id desc limit :limit
                    """)
            .param("tenant", access.tenant())
            .param("all", access.isUnrestricted())
            .param("actor", access.actor())
            .param("after", cursor.after(), Types.VARCHAR)
            .param("limit", cursor.limit() + 1)
            .query(this::run)
            .list();
    return SetRows.page(found, cursor.limit());
  }

  Optional<UUID> job(String run) {
    return jdbc.sql("select job_id from evaluation_runs where id = ? and job_id is not null")
        .param(run)
        .query(UUID.class)
        .optional();
  }

  List<String> runsOf(String set) {
    return jdbc.sql("select id from evaluation_runs where set_id = ?")
        .param(set)
        .query(String.class)
        .list();
  }

  void delete(String id) {
    jdbc.sql("delete from evaluation_runs where id = ?").param(id).update();
  }

  void insert(UUID tenant, String run, Result result) {
    jdbc.sql(
            """
            insert into evaluation_results (tenant_id, run_id, query_number, configuration, metrics,
              ranks, top_files, latency_micros, notes)
            values (?, ?, ?, ?, ?::json, ?::json, ?::json, ?, ?::json)
            on conflict (run_id, query_number, configuration) do nothing
            """)
        .param(tenant)
        .param(run)
        .param(result.query())
        .param(result.configuration())
        .param(json.writeValueAsString(result.outcome().metrics()))
        .param(json.writeValueAsString(result.outcome().ranks()))
        .param(json.writeValueAsString(result.outcome().topFiles()))
        .param(Math.round(result.outcome().latencyMs() * 1000))
        .param(json.writeValueAsString(result.notes()))
        .update();
  }

  /// Queries that are done under all of so many configurations.
  Set<Integer> done(String run, int configurations) {
    return new HashSet<>(
        jdbc.sql(
                """
                select query_number from evaluation_results where run_id = ?
                group by query_number having count(*) = ?
                """)
            .param(run)
            .param(configurations)
            .query(Integer.class)
            .list());
  }

  /// By query, then by configuration.
  List<Result> results(String run) {
    return jdbc.sql(
            """
            select * from evaluation_results where run_id = ? order by query_number, configuration
            """)
        .param(run)
        .query(this::result)
        .list();
  }

  void finish(String run, Summary summary) {
    jdbc.sql("update evaluation_runs set summary = ?::json, finished_at = now() where id = ?")
        .param(json.writeValueAsString(summary))
        .param(run)
        .update();
  }

  private Result result(ResultSet row, int index) throws SQLException {
    return new Result(
        row.getInt("query_number"),
        row.getInt("configuration"),
        new Outcome(
            json.readValue(row.getString("metrics"), METRICS),
            json.readValue(row.getString("ranks"), RANKS),
            json.readValue(row.getString("top_files"), TEXTS),
            row.getLong("latency_micros") / 1000.0),
        json.readValue(row.getString("notes"), TEXTS));
  }

  private EvaluationRun run(ResultSet row, int index) throws SQLException {
    String written = row.getString("summary");
    Summary summary = written == null ? null : json.readValue(written, Summary.class);
    UUID jobId = row.getObject("job_id", UUID.class);
    Job job = summary != null || jobId == null ? null : ledger.find(jobId).orElse(null);
    Timestamp finished = row.getTimestamp("finished_at");
    return new EvaluationRun(
        row.getString("id"),
        row.getString("name"),
        row.getString("set_id"),
        row.getString("set_name"),
        row.getString("collection_id"),
        json.readValue(row.getString("configurations"), CONFIGURATIONS),
        json.readValue(row.getString("metrics"), TEXTS),
        row.getBoolean("answers"),
        row.getBoolean("count_missing"),
        row.getLong("seed"),
        state(summary, job),
        progress(job),
        failure(summary, job),
        summary,
        row.getString("created_by"),
        row.getTimestamp("created_at").toInstant(),
        finished != null ? finished.toInstant() : job == null ? null : job.finishedAt());
  }

  /// The job says it, until the run has succeeded; jobs that ended are forgotten after a time.
  private static String state(@Nullable Summary summary, @Nullable Job job) {
    if (summary != null) {
      return Job.State.SUCCEEDED.text();
    }
    return job == null ? Job.State.FAILED.text() : job.state().text();
  }

  private EvaluationRun.@Nullable Progress progress(@Nullable Job job) {
    return job == null || job.progress() == null
        ? null
        : json.treeToValue(job.progress(), EvaluationRun.Progress.class);
  }

  private static EvaluationRun.@Nullable Failure failure(
      @Nullable Summary summary, @Nullable Job job) {
    if (summary != null || (job != null && job.errorCode() == null)) {
      return null;
    }
    return job == null
        ? new EvaluationRun.Failure("forgotten", "It did not finish, and its job was forgotten.")
        : new EvaluationRun.Failure(
            String.valueOf(job.errorCode()), String.valueOf(job.errorMessage()));
  }
}
