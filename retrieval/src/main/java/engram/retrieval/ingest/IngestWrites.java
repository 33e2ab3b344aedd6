package engram.retrieval.ingest;

import engram.db.Job;
import engram.db.JobClaims;
import engram.retrieval.ingest.IngestMetrics.Outcome;
import engram.retrieval.library.BuildJobs;
import engram.retrieval.library.IngestJobs;
import engram.retrieval.library.Outbox;
import engram.retrieval.library.Store;
import engram.retrieval.parse.Extraction;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/// The transactions that end a job: each locks the document, looks whether it is still what was
/// worked on, ends the job under its fence, and writes. In this order, so that a worker whose lease
/// is lost rolls back before it wrote, and so that nobody who queues the document again in between
/// is overlooked: that too takes the document's lock first.
final class IngestWrites {
  /// What became of an attempt.
  enum Result {
    DONE,
    /// The document changed meanwhile: once more.
    AGAIN,
    /// Someone asked for the end.
    STOPPED
  }

  /// Another worker has the job now.
  static final class LeaseLost extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final Store store;
  private final JobClaims claims;
  private final IngestJobs jobs;
  private final Outbox outbox;
  private final BuildJobs buildJobs;
  private final WorkRows rows;
  private final ChunkTable chunks;
  private final IngestMetrics metrics;

  IngestWrites(
      Store store,
      JobClaims claims,
      IngestJobs jobs,
      BuildJobs buildJobs,
      ChunkTable chunks,
      IngestMetrics metrics) {
    this.store = store;
    this.claims = claims;
    this.jobs = jobs;
    this.outbox = new Outbox(store);
    this.buildJobs = buildJobs;
    this.rows = new WorkRows(store);
    this.chunks = chunks;
    this.metrics = metrics;
  }

  /// Empty if the document is gone or no longer wanted.
  Optional<Work> load(Job.Claim claim) {
    return store.transactions().readInTenant(tenant(claim), () -> select(claim));
  }

  private Optional<Work> select(Job.Claim claim) {
    return rows.toIngest(documentId(claim));
  }

  private static UUID tenant(Job.Claim claim) {
    return Objects.requireNonNull(claim.tenant(), "an ingest job belongs to a tenant");
  }

  private static long documentId(Job.Claim claim) {
    return Long.parseLong(claim.subject());
  }

  private void fence(boolean held) {
    if (!held) {
      throw new LeaseLost();
    }
  }

  /// Runs `write` if the document is still what was worked on. The row of the document is locked
  /// before its file is read, as by everybody who changes the file.
  private Result write(Job.Claim claim, Work work, Supplier<Outcome> write) {
    Optional<Outcome> written =
        store
            .transactions()
            .inTenant(
                work.tenant(),
                () -> {
                  lock(claim);
                  Optional<Work> now = select(claim);
                  if (now.isEmpty() || !now.get().isSameInput(work)) {
                    return Optional.empty();
                  }
                  return Optional.of(write.get());
                });
    written.ifPresent(metrics::ended);
    return written.isPresent() ? Result.DONE : Result.AGAIN;
  }

  private void lock(Job.Claim claim) {
    rows.lock(documentId(claim));
  }

  Result fail(Job.Claim claim, Work work, String code, String message) {
    return write(
        claim,
        work,
        () -> {
          fence(claims.failFinal(claim, code, message));
          setFailed(claim, code, message);
          return Outcome.FAILED;
        });
  }

  private void setFailed(Job.Claim claim, String code, String message) {
    store
        .sql()
        .sql(
            "update documents set status = 'failed', error_code = :code, error_message = :message,"
                + " updated_at = :now where id = :id and status = 'in_progress'")
        .param("code", code)
        .param("message", message.replace('\0', ' '))
        .param("now", Timestamp.from(store.now()))
        .param("id", documentId(claim))
        .update();
  }

  void retryLater(Job.Claim claim, String code, String message) {
    boolean last = claim.attempt() >= claim.maxAttempts();
    boolean held =
        store
            .transactions()
            .inTenant(
                tenant(claim),
                () -> {
                  lock(claim);
                  boolean mine = claims.failRetry(claim, code, message);
                  if (mine && last) {
                    setFailed(
                        claim, code, message + " Given up after " + claim.attempt() + " attempts.");
                  }
                  return mine;
                });
    metrics.ended(held ? last ? Outcome.DEAD : Outcome.RETRIED : Outcome.LEASE_LOST);
  }

  /// Ends a job whose document is not wanted, or was wanted again after the job was told to stop.
  void settle(Job.Claim claim) {
    store
        .transactions()
        .inTenant(
            tenant(claim),
            () -> {
              lock(claim);
              if (claims.cancelled(claim) && select(claim).isPresent()) {
                jobs.enqueue(documentId(claim));
              }
            });
    metrics.ended(Outcome.STOPPED);
  }

  /// Stores what was made of the document, one for each of the work's targets.
  Result complete(Job.Claim claim, Work work, Extraction extraction, List<Made> made) {
    return write(
        claim,
        work,
        () -> {
          fence(claims.succeed(claim));
          List<Long> touched = new ArrayList<>();
          List<Long> removed = new ArrayList<>();
          for (Made one : made) {
            ChunkTable.Changes changes = chunks.store(work, one);
            touched.addAll(changes.touched());
            removed.addAll(changes.removed());
            rows.note(work, one);
            if (one instanceof Made.Later(Work.Target target)) {
              buildJobs.enqueue(work.collectionId(), target.build());
            }
          }
          updateDocument(work, extraction, serving(made));
          if (touched.isEmpty() && removed.isEmpty()) {
            return Outcome.UNCHANGED;
          }
          outbox.chunksChanged(
              work.documentId(),
              touched.stream().sorted().toArray(Long[]::new),
              removed.toArray(Long[]::new));
          return Outcome.COMPLETED;
        });
  }

  private static Made.Chunks serving(List<Made> made) {
    return made.stream()
        .filter(one -> one.target().serving())
        .map(Made.Chunks.class::cast)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no build serves"));
  }

  private void updateDocument(Work work, Extraction extraction, Made.Chunks serving) {
    store
        .sql()
        .sql(
            """
            update documents set status = 'completed', version = :version, error_code = null,
              error_message = null, media_type = :mediaType, title = :title, language = :language,
              page_count = :pages, chunk_count = :chunks, warnings = :warnings::jsonb,
              updated_at = :now, usage_bytes =\
            """
                + ChunkTable.USAGE
                + " where id = :id")
        .param("version", work.version())
        .param("mediaType", extraction.mediaType())
        .param("title", extraction.title())
        .param("language", extraction.language())
        .param("pages", extraction.pageCount())
        .param("chunks", serving.pieces().size())
        .param("warnings", JsonMapper.shared().writeValueAsString(serving.notes()))
        .param("now", Timestamp.from(store.now()))
        .param("id", work.documentId())
        .update();
  }
}
