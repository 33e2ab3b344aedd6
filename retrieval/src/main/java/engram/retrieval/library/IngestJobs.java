package engram.retrieval.library;

import engram.db.Job;
import engram.db.JobLedger;
import engram.retrieval.Document;
import engram.retrieval.Ingestion;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The ledger's jobs of kind `ingest`; their subject is a document's id. All in the caller's
/// transaction, with the document's row locked before.
public final class IngestJobs {
  public static final String KIND = Ingestion.JOB_KIND;

  private final Store store;
  private final JobLedger ledger;
  private final int attempts;

  public IngestJobs(Store store, JobLedger ledger, int attempts) {
    this.store = store;
    this.ledger = ledger;
    this.attempts = attempts;
  }

  /// One live job per document: if one is queued or running, it will see what is new by itself.
  public void enqueue(long documentId) {
    ledger.enqueue(
        new Job.Request(KIND, Long.toString(documentId), Map.of(), 0, attempts, Duration.ZERO));
  }

  /// @return whether there was a live one
  boolean cancel(long documentId) {
    List<UUID> live =
        store
            .sql()
            .sql(
                "select id from jobs where kind = :kind and subject = :subject"
                    + " and state in ('queued', 'running')")
            .param("kind", KIND)
            .param("subject", Long.toString(documentId))
            .query(UUID.class)
            .list();
    live.forEach(ledger::cancel);
    return !live.isEmpty();
  }

  /// Removes every trace of the [Departing] documents. A worker that runs one loses its claim.
  long removeDeparting() {
    return store
        .sql()
        .sql(
            "delete from jobs where kind = :kind"
                + " and subject in (select id::text from departing_documents)")
        .param("kind", KIND)
        .update();
  }

  /// How far live jobs are, by document.
  Map<Long, Document.Progress> progress(Collection<Long> documentIds) {
    Map<Long, Document.Progress> progress = new HashMap<>();
    if (documentIds.isEmpty()) {
      return progress;
    }
    store
        .sql()
        .sql(
            """
            select subject, state, attempts, progress from jobs
            where kind = :kind and state in ('queued', 'running')
              and subject in (select id::text from unnest(:ids::bigint[]) as wanted (id))
            """)
        .param("kind", KIND)
        .param("ids", documentIds.toArray(Long[]::new))
        .query(row -> {
          progress.put(
              Long.valueOf(row.getString("subject")),
              progress(row.getString("state"), row.getInt("attempts"), row.getString("progress")));
        });
    return progress;
  }

  private static Document.Progress progress(String state, int attempts, @Nullable String json) {
    JsonNode report = json == null ? null : JsonMapper.shared().readTree(json);
    if (report == null) {
      return new Document.Progress("queued", 0, 0, 0, 0, 0, attempts);
    }
    return new Document.Progress(
        state.equals("queued") ? "queued" : report.path("stage").asString("queued"),
        report.path("bytesTotal").asLong(0),
        report.path("pagesDone").asInt(0),
        report.path("pagesTotal").asInt(0),
        report.path("chunksDone").asInt(0),
        report.path("chunksTotal").asInt(0),
        attempts);
  }
}
