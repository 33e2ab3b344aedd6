package engram.retrieval.ingest;

import engram.db.Job;
import engram.retrieval.Chunking.Context;
import engram.retrieval.ingest.ChunkDiff.Kept;
import engram.retrieval.ingest.IngestMetrics.Outcome;
import engram.retrieval.ingest.IngestWrites.LeaseLost;
import engram.retrieval.ingest.IngestWrites.Result;
import engram.retrieval.library.Store;
import engram.retrieval.parse.Extraction;
import engram.retrieval.parse.ParseOutcome;
import engram.retrieval.parse.ParseProgress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// The stages of one document, outside of transactions: read, cut, contextualise, compare, embed.
/// [IngestWrites] has the last word.
final class IngestStages {
  private static final Logger LOG = LoggerFactory.getLogger(IngestStages.class);

  /// New versions that arrive while the document is being read; then the job is queued again.
  private static final int ROUNDS_MAX = 10;

  private final Store store;
  private final Texts texts;
  private final Cutter cutter;
  private final @Nullable ContextWriter contextWriter;
  private final @Nullable Embedder embedder;
  private final ChunkTable chunks;
  private final IngestWrites writes;
  private final IngestMetrics metrics;
  private final int chunksMax;

  IngestStages(
      Store store,
      Texts texts,
      Cutter cutter,
      @Nullable ContextWriter contextWriter,
      @Nullable Embedder embedder,
      ChunkTable chunks,
      IngestWrites writes,
      IngestMetrics metrics,
      int chunksMax) {
    this.store = store;
    this.texts = texts;
    this.cutter = cutter;
    this.contextWriter = contextWriter;
    this.embedder = embedder;
    this.chunks = chunks;
    this.writes = writes;
    this.metrics = metrics;
    this.chunksMax = chunksMax;
  }

  /// A trouble that is not the document's and may pass.
  private static final class Trouble extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String code;

    Trouble(String code, String message, @Nullable Throwable cause) {
      super(message, cause);
      this.code = code;
    }
  }

  void run(Job.Claim claim, Lease lease) {
    try {
      Result result = Result.AGAIN;
      for (int round = 0; result == Result.AGAIN && round < ROUNDS_MAX; round++) {
        Optional<Work> work = writes.load(claim);
        result = work.isEmpty() ? Result.STOPPED : attempt(claim, lease, work.get());
      }
      switch (result) {
        case DONE -> {}
        case AGAIN, STOPPED -> writes.settle(claim);
      }
    } catch (LeaseLost e) {
      metrics.ended(Outcome.LEASE_LOST);
      LOG.warn("Document {} was taken over by another worker", claim.subject());
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      // Errors count as attempts too: a document that always causes one ends in the dead letters.
      retryLater(claim, e);
    }
  }

  private void retryLater(Job.Claim claim, Throwable e) {
    LOG.warn("Ingesting document {} failed in attempt {}", claim.subject(), claim.attempt(), e);
    try {
      switch (e) {
        case Trouble trouble ->
            writes.retryLater(claim, trouble.code, String.valueOf(trouble.getMessage()));
        case DataAccessException data -> databaseTrouble(claim);
        case TransactionException transaction -> databaseTrouble(claim);
        default ->
            writes.retryLater(
                claim, "internal_error", "An internal error stopped it; see the server's log.");
      }
    } catch (DataAccessException | TransactionException again) {
      LOG.warn("Document {} will be taken up when its lease is over", claim.subject(), again);
    }
  }

  private void databaseTrouble(Job.Claim claim) {
    writes.retryLater(claim, "database_unavailable", "The database could not be reached.");
  }

  private Result attempt(Job.Claim claim, Lease lease, Work work) {
    long began = System.nanoTime();
    ParseOutcome outcome = texts.of(work, parseProgress(lease, work), lease::shouldStop);
    metrics.stage("parsing", System.nanoTime() - began);
    if (lease.shouldStop()) {
      return Result.STOPPED;
    }
    return switch (outcome) {
      case ParseOutcome.Parsed(Extraction extraction) -> store(claim, lease, work, extraction);
      case ParseOutcome.Failed failed ->
          switch (failed.code()) {
            case CANCELLED -> Result.STOPPED;
            // The disk may come back, or the file was removed, and then so was the document.
            case UNREADABLE -> throw new Trouble(failed.code().id(), failed.message(), null);
            case ENCRYPTED,
                CORRUPT,
                UNSUPPORTED_FORMAT,
                NO_TEXT,
                TOO_LARGE,
                TOO_DEEP,
                TIMEOUT,
                OUT_OF_MEMORY,
                WORKER_CRASHED ->
                writes.fail(claim, work, failed.code().id(), failed.message());
          };
    };
  }

  private static ParseProgress parseProgress(Lease lease, Work work) {
    lease.report("parsing", Map.of("bytesTotal", work.bytes()));
    return (done, total, unit) -> {
      Map<String, Object> counts = new HashMap<>(Map.of("bytesTotal", work.bytes()));
      if (unit == ParseProgress.Unit.PAGES) {
        counts.put("pagesDone", done);
        counts.put("pagesTotal", total);
      }
      lease.report("parsing", counts);
    };
  }

  private Result store(Job.Claim claim, Lease lease, Work work, Extraction extraction) {
    lease.report("chunking", counts(work, extraction, 0, 0));
    long began = System.nanoTime();
    List<Piece> pieces = cutter.cut(extraction, work.chunking());
    if (pieces.size() > chunksMax) {
      return writes.fail(
          claim,
          work,
          "too_many_chunks",
          "The document has "
              + pieces.size()
              + " chunks, more than "
              + chunksMax
              + " (setting engram.retrieval.ingestion.chunks-max). Split it or raise the limit.");
    }
    metrics.stage("chunking", System.nanoTime() - began);
    List<String> notes = new ArrayList<>(extraction.warnings());
    notes.addAll(FilePreviews.notes(work.chunking(), pieces.size()));
    if (work.chunking().context() == Context.MODEL) {
      pieces = withContexts(lease, work, extraction, pieces, notes);
      if (lease.shouldStop()) {
        return Result.STOPPED;
      }
    }
    return store(claim, lease, work, extraction, pieces, notes);
  }

  /// @param notes told why there are none
  private List<Piece> withContexts(
      Lease lease, Work work, Extraction extraction, List<Piece> pieces, List<String> notes) {
    if (contextWriter == null) {
      notes.add("No chat model is configured: the chunks have no context written by one.");
      return pieces;
    }
    if (pieces.size() > contextWriter.chunksMax()) {
      notes.add(
          "The chunks have no context written by a model: there are more than "
              + contextWriter.chunksMax()
              + " (setting engram.retrieval.ingestion.context-chunks-max).");
      return pieces;
    }
    long began = System.nanoTime();
    lease.report("contextualising", counts(work, extraction, 0, pieces.size()));
    try {
      return new Contexts(store, contextWriter)
          .added(
              work,
              extraction,
              pieces,
              lease::shouldStop,
              done ->
                  lease.report("contextualising", counts(work, extraction, done, pieces.size())));
    } catch (ContextWriter.FailedException e) {
      throw new Trouble(
          "context_failed", "The chat model did not answer; it writes the chunks' contexts.", e);
    } finally {
      metrics.stage("contextualising", System.nanoTime() - began);
    }
  }

  private Result store(
      Job.Claim claim,
      Lease lease,
      Work work,
      Extraction extraction,
      List<Piece> pieces,
      List<String> notes) {
    List<byte[]> hashes =
        pieces.stream().map(piece -> piece.contentHash(extraction.title())).toList();
    // Read before the lock: only this job's worker writes these rows, and the write is fenced.
    List<ChunkDiff.StoredChunk> stored =
        store.transactions().readInTenant(work.tenant(), () -> chunks.of(work.documentId()));
    ChunkDiff diff = ChunkDiff.between(stored, hashes);
    long began = System.nanoTime();
    Map<String, float[]> vectors = vectors(lease, work, extraction, pieces, hashes, diff);
    metrics.stage("embedding", System.nanoTime() - began);
    if (lease.shouldStop()) {
      return Result.STOPPED;
    }
    lease.report("indexing", counts(work, extraction, pieces.size(), pieces.size()));
    began = System.nanoTime();
    Result result =
        writes.complete(
            claim,
            work,
            extraction,
            notes,
            pieces,
            hashes,
            diff,
            vectors,
            embedder == null ? null : embedder.name());
    metrics.stage("indexing", System.nanoTime() - began);
    return result;
  }

  private static Map<String, Object> counts(Work work, Extraction extraction, int done, int total) {
    return Map.of(
        "bytesTotal", work.bytes(),
        "pagesDone", extraction.pageCount(),
        "pagesTotal", extraction.pageCount(),
        "chunksDone", done,
        "chunksTotal", total);
  }

  /// Vectors by content hash, for all chunks that lack one of the configured model. What this
  /// tenant has embedded before is not embedded again.
  private Map<String, float[]> vectors(
      Lease lease,
      Work work,
      Extraction extraction,
      List<Piece> pieces,
      List<byte[]> hashes,
      ChunkDiff diff) {
    if (embedder == null) {
      return Map.of();
    }
    Embedder model = embedder;
    Map<String, Integer> wanted = new LinkedHashMap<>();
    diff.added().forEach(at -> wanted.putIfAbsent(ChunkDiff.hex(hashes.get(at)), at));
    for (Kept kept : diff.kept()) {
      if (!model.name().equals(kept.chunk().embeddingModel())) {
        wanted.putIfAbsent(kept.chunk().contentHash(), kept.position());
      }
    }
    if (wanted.isEmpty()) {
      return Map.of();
    }
    Map<String, float[]> vectors =
        new HashMap<>(
            store
                .transactions()
                .readInTenant(work.tenant(), () -> chunks.vectors(model.name(), wanted.keySet())));
    Set<String> missing = new LinkedHashSet<>(wanted.keySet());
    missing.removeAll(vectors.keySet());
    List<String> hexes = new ArrayList<>(missing);
    List<String> inputs =
        hexes.stream()
            .map(hex -> pieces.get(wanted.getOrDefault(hex, 0)).embedded(extraction.title()))
            .toList();
    lease.report("embedding", counts(work, extraction, 0, inputs.size()));
    List<float[]> made;
    try {
      made =
          model.embed(
              inputs,
              lease::shouldStop,
              done -> lease.report("embedding", counts(work, extraction, done, inputs.size())));
    } catch (DataAccessException | TransactionException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new Trouble(
          "embedding_failed", "The embedding model '" + model.name() + "' did not answer.", e);
    }
    for (int i = 0; i < made.size(); i++) {
      vectors.put(hexes.get(i), made.get(i));
    }
    return vectors;
  }
}
