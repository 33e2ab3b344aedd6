package engram.api.jobs;

import engram.api.erase.Erasure;
import engram.retrieval.Indexing;
import engram.retrieval.Ingestion;
import org.springframework.stereotype.Component;

/// Removes what expired, what is old and what belongs to nothing any more; finds documents that
/// lack vectors.
@Component
class Sweeper {
  private static final int EXPIRED_AT_ONCE = 100;
  private static final int EMBEDDED_AT_ONCE = 1_000;

  private final Erasure erasure;
  private final Ingestion ingestion;
  private final Retention retention;
  private final Indexing indexing;
  private final WorkerSettings settings;

  Sweeper(
      Erasure erasure,
      Ingestion ingestion,
      Retention retention,
      Indexing indexing,
      WorkerSettings settings) {
    this.erasure = erasure;
    this.ingestion = ingestion;
    this.retention = retention;
    this.indexing = indexing;
    this.settings = settings;
  }

  /// @return whether there is more to do than one round takes
  boolean sweep() {
    int expired = erasure.expire(EXPIRED_AT_ONCE);
    ingestion.sweep(settings.orphanGrace());
    retention.run();
    indexing.prune(settings.outboxKept());
    int embedded = ingestion.queueMissingVectors(EMBEDDED_AT_ONCE);
    return expired == EXPIRED_AT_ONCE || embedded == EMBEDDED_AT_ONCE;
  }
}
