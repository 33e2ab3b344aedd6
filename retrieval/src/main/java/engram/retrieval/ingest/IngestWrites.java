package engram.retrieval.ingest;

import engram.db.Job;
import engram.db.JobClaims;
import engram.retrieval.Chunking;
import engram.retrieval.ingest.ChunkDiff.Kept;
import engram.retrieval.ingest.ChunkDiff.Place;
import engram.retrieval.ingest.IngestMetrics.Outcome;
import engram.retrieval.library.ChunkingColumns;
import engram.retrieval.library.IngestJobs;
import engram.retrieval.library.Outbox;
import engram.retrieval.library.Store;
import engram.retrieval.parse.Extraction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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
  private final ChunkTable chunks;
  private final IngestMetrics metrics;

  IngestWrites(
      Store store,
      JobClaims claims,
      IngestJobs jobs,
      Outbox outbox,
      ChunkTable chunks,
      IngestMetrics metrics) {
    this.store = store;
    this.claims = claims;
    this.jobs = jobs;
    this.outbox = outbox;
    this.chunks = chunks;
    this.metrics = metrics;
  }

  /// Empty if the document is gone or no longer wanted.
  Optional<Work> load(Job.Claim claim) {
    return store.transactions().readInTenant(tenant(claim), () -> select(claim));
  }

  private Optional<Work> select(Job.Claim claim) {
    return store
        .sql()
        .sql(
            """
            select d.id, d.tenant_id, d.collection_id, d.file_id, d.version as stored_version,
              d.chunk_strategy, d.max_chunk_tokens, d.chunk_overlap_tokens, d.chunk_window,
              d.chunk_stride, d.chunk_context, f.filename, f.media_type, f.version, f.sha256,
              f.bytes, c.chunk_strategy as default_chunk_strategy,
              c.max_chunk_tokens as default_max_chunk_tokens,
              c.chunk_overlap_tokens as default_chunk_overlap_tokens,
              c.chunk_window as default_chunk_window, c.chunk_stride as default_chunk_stride,
              c.chunk_context as default_chunk_context
            from documents d join files f on f.id = d.file_id
              join collections c on c.id = d.collection_id
            where d.id = :id and d.status = 'in_progress'
            """)
        .param("id", documentId(claim))
        .query(IngestWrites::work)
        .optional();
  }

  private static Work work(ResultSet row, int index) throws SQLException {
    return new Work(
        row.getObject("tenant_id", UUID.class),
        row.getLong("id"),
        row.getString("collection_id"),
        row.getString("file_id"),
        row.getString("filename"),
        row.getString("media_type"),
        row.getInt("version"),
        row.getInt("stored_version"),
        row.getString("sha256"),
        row.getLong("bytes"),
        chunking(row));
  }

  private static Chunking chunking(ResultSet row) throws SQLException {
    Chunking own = ChunkingColumns.read(row, "").chunking();
    Chunking collections = ChunkingColumns.read(row, "default_").chunking();
    return own != null ? own : collections != null ? collections : Chunking.AUTO;
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

  /// The file first, as all who change both do: PostgreSQL itself looks at the file again when a
  /// document is updated twice in one transaction, and would then wait for one who waits for us.
  private void lock(Job.Claim claim) {
    store
        .sql()
        .sql(
            "select id from files where id = (select file_id from documents where id = :id)"
                + " for key share")
        .param("id", documentId(claim))
        .query(String.class)
        .list();
    store
        .sql()
        .sql("select id from documents where id = :id for update")
        .param("id", documentId(claim))
        .query(Long.class)
        .list();
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

  /// Stores what was made of the document.
  ///
  /// @param warnings for whoever uploaded it
  /// @param vectors by content hash; all that was missing
  /// @param model null without vectors
  Result complete(
      Job.Claim claim,
      Work work,
      Extraction extraction,
      List<String> warnings,
      List<Piece> pieces,
      List<byte[]> hashes,
      ChunkDiff diff,
      Map<String, float[]> vectors,
      @Nullable String model) {
    return write(
        claim,
        work,
        () -> {
          fence(claims.succeed(claim));
          List<Long> touched = new ArrayList<>();
          chunks.delete(diff.removed());
          chunks.move(diff.kept(), places(diff, pieces));
          if (model != null) {
            Map<Long, float[]> embedded = embedded(diff, vectors, model);
            chunks.embed(embedded, model);
            touched.addAll(embedded.keySet());
          }
          touched.addAll(chunks.insert(work, prepared(diff, pieces, hashes, vectors), model));
          updateDocument(work, extraction, warnings, pieces.size());
          if (touched.isEmpty() && diff.removed().isEmpty()) {
            return Outcome.UNCHANGED;
          }
          outbox.chunksChanged(
              work.documentId(),
              touched.stream().sorted().toArray(Long[]::new),
              diff.removed().toArray(Long[]::new));
          return Outcome.COMPLETED;
        });
  }

  private static List<Place> places(ChunkDiff diff, List<Piece> pieces) {
    return diff.kept().stream()
        .map(kept -> Prepared.place(pieces.get(kept.position()), kept.position()))
        .toList();
  }

  private static Map<Long, float[]> embedded(
      ChunkDiff diff, Map<String, float[]> vectors, String model) {
    Map<Long, float[]> embedded = new LinkedHashMap<>();
    for (Kept kept : diff.kept()) {
      float[] vector = vectors.get(kept.chunk().contentHash());
      if (vector != null && !model.equals(kept.chunk().embeddingModel())) {
        embedded.put(kept.chunk().id(), vector);
      }
    }
    return embedded;
  }

  private static List<Prepared> prepared(
      ChunkDiff diff, List<Piece> pieces, List<byte[]> hashes, Map<String, float[]> vectors) {
    return diff.added().stream()
        .map(at -> {
          String hash = ChunkDiff.hex(hashes.get(at));
          return new Prepared(pieces.get(at), at, hash, Prepared.literal(vectors.get(hash)));
        })
        .toList();
  }

  private void updateDocument(
      Work work, Extraction extraction, List<String> warnings, int chunkCount) {
    store
        .sql()
        .sql(
            """
            update documents set status = 'completed', version = :version, error_code = null,
              error_message = null, media_type = :mediaType, title = :title, language = :language,
              page_count = :pages, chunk_count = :chunks, warnings = :warnings::jsonb,
              usage_bytes = (select coalesce(sum(octet_length(text)
                + 4 * coalesce(array_length(embedding, 1), 0)), 0)
                from chunks where document_id = :id),
              updated_at = :now
            where id = :id
            """)
        .param("version", work.version())
        .param("mediaType", extraction.mediaType())
        .param("title", extraction.title())
        .param("language", extraction.language())
        .param("pages", extraction.pageCount())
        .param("chunks", chunkCount)
        .param("warnings", JsonMapper.shared().writeValueAsString(warnings))
        .param("now", Timestamp.from(store.now()))
        .param("id", work.documentId())
        .update();
  }
}
