package engram.retrieval.ingest;

import engram.db.Job;
import engram.retrieval.ingest.IngestMetrics.Outcome;
import engram.retrieval.ingest.IngestWrites.LeaseLost;
import engram.retrieval.ingest.IngestWrites.Result;
import engram.retrieval.ingest.Work.Target;
import engram.retrieval.parse.Extraction;
import engram.retrieval.parse.ParseOutcome;
import engram.retrieval.parse.ParseProgress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// The stages of one document, outside of transactions: read it, make its chunks for every build of
/// its collection. [IngestWrites] has the last word.
final class IngestStages {
  private static final Logger LOG = LoggerFactory.getLogger(IngestStages.class);

  /// New versions that arrive while the document is being read; then the job is queued again.
  private static final int ROUNDS_MAX = 10;

  private final Texts texts;
  private final ChunkMaker maker;
  private final IngestWrites writes;
  private final MissingVectors missingVectors;
  private final IngestMetrics metrics;

  IngestStages(
      Texts texts,
      ChunkMaker maker,
      IngestWrites writes,
      MissingVectors missingVectors,
      IngestMetrics metrics) {
    this.texts = texts;
    this.maker = maker;
    this.writes = writes;
    this.missingVectors = missingVectors;
    this.metrics = metrics;
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
            writes.retryLater(claim, trouble.code(), String.valueOf(trouble.getMessage()));
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
    List<Made> made = new ArrayList<>();
    for (Target target : work.targets()) {
      Made one =
          target.serving()
              ? serving(claim, lease, work, target, extraction)
              : beside(lease, work, target, extraction);
      if (lease.shouldStop()) {
        return Result.STOPPED;
      }
      if (target.serving() && one instanceof Made.Failed(Target _, String code, String message)) {
        return writes.fail(claim, work, code, message);
      }
      made.add(one);
    }
    lease.report("indexing", ChunkMaker.counts(work, extraction, 0, 0));
    long began = System.nanoTime();
    Result result = writes.complete(claim, work, extraction, made);
    metrics.stage("indexing", System.nanoTime() - began);
    if (made.stream().anyMatch(one -> one instanceof Made.Chunks chunks && chunks.waits())) {
      missingVectors.again();
    }
    return result;
  }

  /// A model that stays down must not keep a document from being found by its words.
  private Made serving(
      Job.Claim claim, Lease lease, Work work, Target target, Extraction extraction) {
    try {
      return maker.make(lease, work, target, extraction);
    } catch (Trouble trouble) {
      boolean last = claim.attempt() >= claim.maxAttempts();
      if (!last || !trouble.code().equals(Trouble.EMBEDDING_FAILED) || trouble.isRefusal()) {
        throw trouble;
      }
      LOG.warn("Document {} is completed without vectors", work.documentId(), trouble);
      return maker.makeWithoutVectors(lease, work, target, extraction);
    }
  }

  /// A build that does not serve must not keep the document from the one that does: where it gets
  /// into trouble, its own job makes it later.
  private Made beside(Lease lease, Work work, Target target, Extraction extraction) {
    try {
      return maker.make(lease, work, target, extraction);
    } catch (Trouble trouble) {
      LOG.warn(
          "Document {} waits in build {} of {}",
          work.documentId(),
          target.build(),
          work.collectionId(),
          trouble);
      return new Made.Later(target);
    }
  }
}
