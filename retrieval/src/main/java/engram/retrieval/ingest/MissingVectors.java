package engram.retrieval.ingest;

import engram.retrieval.library.IngestJobs;
import engram.retrieval.library.Store;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Completed documents with chunks that have no vector of their build's model: it was turned on, or
/// changed, after they came, or it was down then. They are queued once more, and ingestion makes
/// what is missing and nothing else; searches find them by their words meanwhile.
///
/// The model changes with the process, so one pass over all documents is enough for each, and one
/// more after every document that was completed without.
final class MissingVectors {
  private static final Logger LOG = LoggerFactory.getLogger(MissingVectors.class);

  /// Between a document that was completed without vectors and the next pass, doubled by each: a
  /// model may answer a probe and nothing longer.
  private static final Duration PAUSE_MIN = Duration.ofSeconds(30);

  private static final Duration PAUSE_MAX = Duration.ofHours(1);

  private final Store store;
  private final IngestJobs jobs;
  private final Embedders embedders;
  private boolean done;
  private Instant notBefore = Instant.MIN;
  private Duration pause = PAUSE_MIN;

  MissingVectors(Store store, IngestJobs jobs, Embedders embedders) {
    this.store = store;
    this.jobs = jobs;
    this.embedders = embedders;
  }

  /// @return how many were queued; fewer than `limit` when there are no more, or when the model
  ///   does not answer: then it is asked again next time
  synchronized int queue(int limit) {
    if (done || store.now().isBefore(notBefore)) {
      return 0;
    }
    Map<String, String> answering = answering();
    int queued = 0;
    for (UUID tenant : answering.isEmpty() ? List.<UUID>of() : tenants()) {
      int left = limit - queued;
      if (left > 0) {
        queued += store.transactions().inTenant(tenant, () -> queueOfTenant(answering, left));
      }
    }
    done = queued < limit && answering.size() == all().size();
    if (done && queued == 0) {
      pause = PAUSE_MIN;
    }
    return queued;
  }

  /// A document was completed without.
  synchronized void again() {
    done = false;
    Instant now = store.now();
    if (!now.isBefore(notBefore)) {
      notBefore = now.plus(pause);
      pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
    }
  }

  /// By the names that builds give them; the default model has none.
  private Map<String, Embedder> all() {
    Map<String, Embedder> all = new HashMap<>(embedders.further());
    Embedder standard = embedders.standard();
    if (standard != null) {
      all.put("", standard);
    }
    return all;
  }

  /// What vectors are stored as, by the builds' names. A model that is down must not turn documents
  /// that are found by their words into failures.
  private Map<String, String> answering() {
    Map<String, String> answering = new HashMap<>();
    all()
        .forEach((name, embedder) -> {
          try {
            embedder.model().embed("probe");
            answering.put(name, embedder.name());
          } catch (RuntimeException e) {
            LOG.warn(
                "The embedding model '{}' does not answer; documents without vectors wait for it",
                embedder.name(),
                e);
          }
        });
    return answering;
  }

  private List<UUID> tenants() {
    return store
        .transactions()
        .readInSystem(() -> store.sql().sql("select id from tenants").query(UUID.class).list());
  }

  private int queueOfTenant(Map<String, String> models, int limit) {
    List<String> names = List.copyOf(models.keySet());
    List<Long> documents =
        store
            .sql()
            .sql(
                """
                update documents set status = 'in_progress', updated_at = :now where id in (
                  select d.id from documents d where d.status = 'completed' and exists (
                    select 1 from chunks c
                      left join collection_builds b on b.collection_id = c.collection_id
                        and b.build = c.build
                      join unnest(:names::text[], :models::text[]) as m (name, model)
                        on m.name = coalesce(b.configuration ->> 'embeddingModel', '')
                    where c.document_id = d.id and c.embedding_model is distinct from m.model
                      and b.status is distinct from 'cancelled')
                  order by d.id limit :limit for update of d skip locked)
                returning id
                """)
            .param("now", Timestamp.from(store.now()))
            .param("names", names.toArray(String[]::new))
            .param("models", names.stream().map(models::get).toArray(String[]::new))
            .param("limit", limit)
            .query(Long.class)
            .list();
    documents.forEach(jobs::enqueue);
    return documents.size();
  }
}
