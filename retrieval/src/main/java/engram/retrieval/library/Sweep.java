package engram.retrieval.library;

import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finishes what was left behind: by time, by crashes, by workers that never came back. Safe beside
/// everything else, and safe to run in several processes at once.
public final class Sweep {
  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

  /// For how long it can be asked what became of an upload.
  private static final Duration ENDED_UPLOADS = Duration.ofDays(1);

  private final Store store;
  private final BlobStore disk;
  private final Blobs blobs;
  private final Uploads uploads;
  private final Retention retention;
  private final IngestJobs jobs;
  private final BuildSweep builds;

  Sweep(
      Store store,
      BlobStore disk,
      Blobs blobs,
      Uploads uploads,
      Retention retention,
      IngestJobs jobs,
      BuildSweep builds) {
    this.store = store;
    this.disk = disk;
    this.blobs = blobs;
    this.uploads = uploads;
    this.retention = retention;
    this.jobs = jobs;
    this.builds = builds;
  }

  /// @param graceOfOrphans how old a temporary file, or an original that no row refers to, must be
  public void run(Duration graceOfOrphans) {
    Instant before = store.now().minus(graceOfOrphans);
    disk.sweepIncoming(before);
    forEachTenant(tenant -> run(tenant, before));
  }

  /// Forgets what is only kept for a time.
  public void forgetOld(Duration receipts, int fileVersions, Duration retiredBuilds) {
    Instant before = store.now().minus(receipts);
    Instant uploadsBefore = store.now().minus(ENDED_UPLOADS);
    Instant buildsBefore = store.now().minus(retiredBuilds);
    forEachTenant(tenant -> {
      retention.forgetReceipts(tenant, before);
      retention.forgetUploads(tenant, uploadsBefore);
      retention.trimVersions(tenant, fileVersions);
      store.transactions().inTenant(tenant, () -> builds.discardRetired(buildsBefore));
    });
  }

  private void forEachTenant(Consumer<UUID> step) {
    List<UUID> tenants =
        store
            .transactions()
            .readInSystem(() -> store.sql().sql("select id from tenants").query(UUID.class).list());
    for (UUID tenant : tenants) {
      try {
        step.accept(tenant);
      } catch (RuntimeException e) {
        // One tenant's trouble must not keep the others' garbage alive.
        LOG.warn("Sweeping tenant {} failed and will be tried again", tenant, e);
      }
    }
  }

  private void run(UUID tenant, Instant before) {
    uploads.expire(tenant);
    store.transactions().inTenant(tenant, this::reviveDocuments);
    store.transactions().inTenant(tenant, builds::revive);
    blobs.sweep(tenant, before);
  }

  /// A document on its way needs a live job. One whose worker died too often has failed; one whose
  /// job ended otherwise (a cancellation that crossed with a retry) is queued again.
  private void reviveDocuments() {
    List<Long> stranded =
        store
            .sql()
            .sql(
                """
                select d.id from documents d where d.status = 'in_progress'
                  and not exists (select from jobs j where j.kind = :kind
                    and j.subject = d.id::text and j.state in ('queued', 'running'))
                order by d.id for update of d skip locked
                """)
            .param("kind", IngestJobs.KIND)
            .query(Long.class)
            .list();
    for (Long id : stranded) {
      boolean dead =
          store
                  .sql()
                  .sql(
                      """
                      update documents set status = 'failed', error_code = 'worker_lost',
                        error_message = 'The workers that tried it were lost. Try it again, or look into'
                          || ' the server''s log for what ended them.', updated_at = :now
                      where id = :id and 'dead' = (select state from jobs where kind = :kind
                        and subject = :subject order by id desc limit 1)
                      """)
                  .param("id", id)
                  .param("kind", IngestJobs.KIND)
                  .param("subject", id.toString())
                  .param("now", Timestamp.from(store.now()))
                  .update()
              > 0;
      if (!dead && !hasLiveJob(id)) {
        jobs.enqueue(id);
      }
    }
  }

  private boolean hasLiveJob(Long id) {
    return !jobs.progress(List.of(id)).isEmpty();
  }
}
