package engram.retrieval.library;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// Forgets what is kept for a time only, in bounded steps that each commit for themselves.
final class Retention {
  private static final int ROWS_AT_ONCE = 500;

  private final Store store;
  private final Blobs blobs;

  Retention(Store store, Blobs blobs) {
    this.store = store;
    this.blobs = blobs;
  }

  void forgetReceipts(UUID tenant, Instant before) {
    int forgotten = ROWS_AT_ONCE;
    while (forgotten == ROWS_AT_ONCE) {
      forgotten = store.transactions().inTenant(tenant, () -> forgetSome(tenant, before));
    }
  }

  private int forgetSome(UUID tenant, Instant before) {
    return store
        .sql()
        .sql(
            """
            delete from deletion_receipts where id in (
              select id from deletion_receipts
              where tenant_id = :tenant and created_at < :before
              order by created_at limit :limit for update skip locked)
            """)
        .param("tenant", tenant)
        .param("before", Timestamp.from(before))
        .param("limit", ROWS_AT_ONCE)
        .update();
  }

  /// Uploads that ended and have no file, or have none any more. One that is completed goes with
  /// its file; those of older releases stayed then. An upload ends when it expires, if not before.
  void forgetUploads(UUID tenant, Instant before) {
    int forgotten = ROWS_AT_ONCE;
    while (forgotten == ROWS_AT_ONCE) {
      forgotten = store.transactions().inTenant(tenant, () -> forgetSomeUploads(tenant, before));
    }
  }

  private int forgetSomeUploads(UUID tenant, Instant before) {
    return store
        .sql()
        .sql(
            """
            delete from uploads where id in (
              select u.id from uploads u
              where u.tenant_id = :tenant and u.expires_at < :before and u.status <> 'pending'
                and not exists (select from files f where f.id = u.file_id)
              limit :limit for update skip locked)
            """)
        .param("tenant", tenant)
        .param("before", Timestamp.from(before))
        .param("limit", ROWS_AT_ONCE)
        .update();
  }

  /// Leaves the last `kept` versions of each file, and those that a document still shows: the text
  /// of a version whose successors could not be read is what its citations point into.
  void trimVersions(UUID tenant, int kept) {
    if (kept < 1) {
      throw new IllegalArgumentException("kept " + kept + " < 1");
    }
    List<String> addresses = List.of();
    do {
      addresses = store.transactions().inTenant(tenant, () -> trimSome(tenant, kept));
      // After a crash before this the sweep finds them.
      blobs.collect(tenant, addresses);
    } while (addresses.size() == ROWS_AT_ONCE);
  }

  private List<String> trimSome(UUID tenant, int kept) {
    return store
        .sql()
        .sql(
            """
            delete from file_versions where (file_id, version) in (
              select v.file_id, v.version from files f
                join file_versions v on v.file_id = f.id and v.version <= f.version - :kept
              where f.tenant_id = :tenant and f.version > 1 and f.version > :kept
                and not exists (select from documents d
                  where d.file_id = v.file_id and d.version = v.version)
              limit :limit for update of v skip locked)
            returning sha256
            """)
        .param("tenant", tenant)
        .param("kept", kept)
        .param("limit", ROWS_AT_ONCE)
        .query(String.class)
        .list();
  }
}
