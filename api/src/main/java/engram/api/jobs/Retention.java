package engram.api.jobs;

import engram.api.security.SessionStore;
import engram.api.usage.Traffic;
import engram.db.JobLedger;
import engram.db.Transactions;
import engram.memory.AccessHistory;
import engram.retrieval.Ingestion;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.util.function.IntSupplier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/// Forgets what is only kept for a time. Each step is a short transaction over a bounded number of
/// rows, so that nobody waits for it, and is safe beside the same step of another process.
@Component
class Retention {
  static final int ROWS_AT_ONCE = 1_000;

  private final JobLedger ledger;
  private final Ingestion ingestion;
  private final SessionStore sessions;
  private final Traffic traffic;
  private final Transactions transactions;
  private final JdbcClient jdbc;
  private final Clock clock;
  private final RetentionSettings settings;
  private final AccessHistory accesses;

  Retention(
      AccessHistory accesses,
      JobLedger ledger,
      Ingestion ingestion,
      SessionStore sessions,
      Traffic traffic,
      Transactions transactions,
      JdbcClient jdbc,
      Clock clock,
      RetentionSettings settings) {
    this.accesses = accesses;
    this.ledger = ledger;
    this.ingestion = ingestion;
    this.sessions = sessions;
    this.traffic = traffic;
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.clock = clock;
    this.settings = settings;
  }

  void run() {
    untilFew(() -> ledger.forgetFinished(settings.finishedJobs(), ROWS_AT_ONCE));
    untilFew(() -> forget("responses", "created_at", settings.responses()));
    untilFew(() -> forget("audit_log", "at", settings.audit()));
    untilFew(() -> accesses.forgetBefore(clock.instant().minus(settings.audit()), ROWS_AT_ONCE));
    untilFew(() -> sessions.forgetEnded(ROWS_AT_ONCE));
    untilFew(() -> traffic.forgetBefore(clock.instant().minus(settings.usage()), ROWS_AT_ONCE));
    ingestion.forgetOld(settings.audit(), settings.fileVersions(), settings.retiredBuilds());
  }

  private void untilFew(IntSupplier step) {
    int forgotten = ROWS_AT_ONCE;
    while (forgotten == ROWS_AT_ONCE) {
      forgotten = transactions.inSystem(step::getAsInt);
    }
  }

  private int forget(String table, String time, Duration age) {
    return jdbc.sql(
            """
            delete from %1$s where id in (
              select id from %1$s where %2$s < :before order by %2$s limit :limit
              for update skip locked)
            """
                .formatted(table, time))
        .param("before", Timestamp.from(clock.instant().minus(age)))
        .param("limit", ROWS_AT_ONCE)
        .update();
  }
}
