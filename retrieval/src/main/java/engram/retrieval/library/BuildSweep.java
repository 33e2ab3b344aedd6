package engram.retrieval.library;

import engram.retrieval.Build.Status;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;

/// Finishes what was left behind of builds. In a tenant's transaction, safe beside everything else.
final class BuildSweep {
  private final Store store;
  private final BuildRows rows;
  private final BuildJobs jobs;

  BuildSweep(Store store, BuildJobs jobs) {
    this.store = store;
    this.rows = new BuildRows(store);
    this.jobs = jobs;
  }

  private record Named(String collectionId, int build) {}

  /// A build that is made or removed needs a live job, as does one that waits for documents. One
  /// whose job ended otherwise than by its worker (too many lost workers, a cancellation) failed.
  void revive() {
    List<Named> stranded =
        named(
            store
                .sql()
                .sql(
                    """
                    select b.collection_id, b.build from collection_builds b
                    where (b.status in ('building', 'cancelled') or exists (
                        select from build_documents r where r.collection_id = b.collection_id
                          and r.build = b.build and r.state = 'pending' and b.status <> 'failed'))
                      and not exists (select from jobs j where j.kind = :kind
                        and j.subject = b.collection_id || '/' || b.build
                        and j.state in ('queued', 'running'))
                    """)
                .param("kind", BuildJobs.KIND));
    for (Named one : stranded) {
      if (!rows.lockCollection(one.collectionId())) {
        continue;
      }
      boolean building =
          rows.find(one.collectionId(), one.build())
              .filter(row -> row.status() == Status.BUILDING)
              .isPresent();
      String last = building ? lastJob(one) : "";
      switch (last) {
        case "dead", "failed" ->
            rows.fail(
                one.collectionId(),
                one.build(),
                "worker_lost",
                "The workers that made it were lost, or gave up. Try its job again, or look into"
                    + " the server's log for what ended them.");
        case "cancelled" ->
            rows.fail(one.collectionId(), one.build(), "cancelled", "Its job was cancelled.");
        default -> jobs.enqueue(one.collectionId(), one.build());
      }
    }
  }

  private String lastJob(Named build) {
    return store
        .sql()
        .sql(
            "select state from jobs where kind = :kind and subject = :subject"
                + " order by id desc limit 1")
        .param("kind", BuildJobs.KIND)
        .param("subject", new BuildJobs.Subject(build.collectionId(), build.build()).toString())
        .query(String.class)
        .optional()
        .orElse("");
  }

  /// Those that have not served for so long that nobody goes back to them.
  void discardRetired(Instant before) {
    List<Named> old =
        named(
            store
                .sql()
                .sql(
                    "select collection_id, build from collection_builds"
                        + " where status = 'retired' and retired_at < :before")
                .param("before", Timestamp.from(before)));
    for (Named one : old) {
      if (rows.lockCollection(one.collectionId())
          && rows.find(one.collectionId(), one.build())
              .filter(row -> row.status() == Status.RETIRED)
              .isPresent()) {
        rows.cancel(one.collectionId(), one.build());
        jobs.enqueue(one.collectionId(), one.build());
      }
    }
  }

  private static List<Named> named(
      org.springframework.jdbc.core.simple.JdbcClient.StatementSpec select) {
    return select
        .query((row, index) -> new Named(row.getString("collection_id"), row.getInt("build")))
        .list();
  }
}
