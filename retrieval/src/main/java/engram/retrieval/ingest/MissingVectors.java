package engram.retrieval.ingest;

import engram.retrieval.library.IngestJobs;
import engram.retrieval.library.Store;
import java.sql.Timestamp;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Completed documents with chunks that have no vector of the configured model: it was turned on,
/// or changed, after they came. They are queued once more, and ingestion makes what is missing and
/// nothing else; searches find them by their words meanwhile.
///
/// The model changes with the process, so one pass over all documents is enough for each.
final class MissingVectors {
  private static final Logger LOG = LoggerFactory.getLogger(MissingVectors.class);

  private final Store store;
  private final IngestJobs jobs;
  private final Embedder embedder;
  private boolean done;

  MissingVectors(Store store, IngestJobs jobs, Embedder embedder) {
    this.store = store;
    this.jobs = jobs;
    this.embedder = embedder;
  }

  /// @return how many were queued; fewer than `limit` when there are no more, or when the model
  ///   does not answer: then it is asked again next time
  synchronized int queue(int limit) {
    if (done || !answers()) {
      return 0;
    }
    int queued = 0;
    for (UUID tenant : tenants()) {
      int left = limit - queued;
      if (left > 0) {
        queued += store.transactions().inTenant(tenant, () -> queueOfTenant(left));
      }
    }
    done = queued < limit;
    return queued;
  }

  /// A model that is down must not turn documents that are found by their words into failures.
  private boolean answers() {
    try {
      embedder.model().embed("probe");
      return true;
    } catch (RuntimeException e) {
      LOG.warn("The embedding model does not answer; documents without vectors wait for it", e);
      return false;
    }
  }

  private List<UUID> tenants() {
    return store
        .transactions()
        .readInSystem(() -> store.sql().sql("select id from tenants").query(UUID.class).list());
  }

  private int queueOfTenant(int limit) {
    List<Long> documents =
        store
            .sql()
            .sql(
                """
                update documents set status = 'in_progress', updated_at = :now where id in (
                  select d.id from documents d where d.status = 'completed' and exists (
                    select 1 from chunks c
                    where c.document_id = d.id and c.embedding_model is distinct from :model)
                  order by d.id limit :limit for update of d skip locked)
                returning id
                """)
            .param("now", Timestamp.from(store.now()))
            .param("model", embedder.name())
            .param("limit", limit)
            .query(Long.class)
            .list();
    documents.forEach(jobs::enqueue);
    return documents.size();
  }
}
