package engram.retrieval.ingest;

import engram.db.Job;
import engram.db.JobClaims;
import engram.db.JobLedger;
import engram.retrieval.Ingestion;
import engram.retrieval.library.BlobStore;
import engram.retrieval.library.BuildJobs;
import engram.retrieval.library.IngestJobs;
import engram.retrieval.library.Store;
import engram.retrieval.library.Sweep;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Ingestion on the job ledger: one job is one document's way to its present state.
///
/// Everything before the last transaction can be repeated; the last transaction checks the lease
/// and ends the job together with what it writes. So a worker that is killed leaves the old state,
/// and one that lost its lease writes nothing.
public final class IngestPipeline implements Ingestion {
  private final JobClaims claims;
  private final Sweep sweep;
  private final Duration lease;
  private final IngestStages stages;
  private final BuildMaker builds;
  private final MissingVectors missingVectors;

  /// @param lease how long a silent worker keeps its document
  /// @param attempts tries before a document whose trouble may pass is given up
  /// @param chunksMax chunks of one document
  public record Bounds(Duration lease, int attempts, int chunksMax) {}

  /// @param contextWriter null: chunks get no contexts from a model
  /// @param embedders none: chunks get no vectors
  public IngestPipeline(
      Store store,
      BlobStore disk,
      JobLedger ledger,
      JobClaims claims,
      Sweep sweep,
      Reader reader,
      Cutter cutter,
      @Nullable ContextWriter contextWriter,
      Embedders embedders,
      Bounds bounds,
      MeterRegistry registry) {
    this.claims = claims;
    this.sweep = sweep;
    this.lease = bounds.lease();
    IngestMetrics metrics = new IngestMetrics(registry, () -> queueAgeSeconds(store));
    ChunkTable chunks = new ChunkTable(store);
    IngestJobs jobs = new IngestJobs(store, ledger, bounds.attempts());
    IngestWrites writes =
        new IngestWrites(store, claims, jobs, new BuildJobs(store, ledger), chunks, metrics);
    Texts texts = new Texts(new Extractions(store), disk, reader);
    ChunkMaker maker =
        new ChunkMaker(
            store, cutter, contextWriter, embedders, chunks, metrics, bounds.chunksMax());
    this.missingVectors = new MissingVectors(store, jobs, embedders);
    this.stages = new IngestStages(texts, maker, writes, missingVectors, metrics);
    this.builds = new BuildMaker(store, claims, texts, maker, chunks, lease);
  }

  @Override
  public boolean ingestNext(String worker) {
    Optional<Job.Claim> claim = claims.claim(Set.of(IngestJobs.KIND), worker, lease);
    if (claim.isEmpty()) {
      return false;
    }
    try (Lease held = new Lease(claims, claim.get(), lease)) {
      stages.run(claim.get(), held);
    }
    return true;
  }

  @Override
  public boolean buildNext(String worker, BooleanSupplier stopping) {
    return builds.next(worker, stopping);
  }

  @Override
  public void sweep(Duration graceOfOrphans) {
    sweep.run(graceOfOrphans);
  }

  @Override
  public void forgetOld(Duration receipts, int fileVersions, Duration retiredBuilds) {
    sweep.forgetOld(receipts, fileVersions, retiredBuilds);
  }

  @Override
  public int queueMissingVectors(int limit) {
    return missingVectors.queue(limit);
  }

  /// Of all tenants.
  private static double queueAgeSeconds(Store store) {
    return store
        .transactions()
        .readInSystem(() ->
            store
                .sql()
                .sql(
                    """
                    select coalesce(extract(epoch from clock_timestamp() - min(run_after)), 0)
                    from jobs where kind = :kind and state = 'queued'
                      and run_after <= clock_timestamp()
                    """)
                .param("kind", IngestJobs.KIND)
                .query(Double.class)
                .single());
  }
}
