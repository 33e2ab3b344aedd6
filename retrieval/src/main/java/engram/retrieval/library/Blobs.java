package engram.retrieval.library;

import engram.retrieval.library.BlobStore.Received;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;

/// Which originals are needed: rows of `blobs`, held together with the files of [BlobStore].
///
/// Whoever adds a reference to an address and whoever removes bytes takes the lock of that address
/// first and holds it to the end of the transaction. So bytes cannot go between an upload's look at
/// them and its commit. Bytes are removed before the row is: after a crash in between the row is
/// left, which a sweep finds; the other way round an upload could be told that bytes exist which do
/// not.
final class Blobs {
  private static final int LOOKS_AT_ONCE = 1_000;

  private final Store store;
  private final BlobStore files;

  Blobs(Store store, BlobStore files) {
    this.store = store;
    this.files = files;
  }

  /// In a transaction that goes on to refer to the address.
  void keep(UUID tenant, Received received) {
    store.lockBlob(tenant, received.sha256());
    files.keep(tenant, received);
    store
        .sql()
        .sql(
            "insert into blobs (tenant_id, sha256, bytes, created_at)"
                + " values (:tenant, :sha256, :bytes, :now) on conflict do nothing")
        .param("tenant", tenant)
        .param("sha256", received.sha256())
        .param("bytes", received.bytes())
        .param("now", Timestamp.from(store.now()))
        .update();
  }

  /// Ascending, as everybody who locks several must.
  void lock(UUID tenant, Collection<String> addresses) {
    new TreeSet<>(addresses).forEach(sha256 -> store.lockBlob(tenant, sha256));
  }

  /// Removes those of the addresses that nothing refers to any more, each in a transaction of its
  /// own.
  ///
  /// @return how many went
  long collect(UUID tenant, Collection<String> addresses) {
    return new TreeSet<>(addresses)
        .stream()
            .filter(sha256 -> store.transactions().inTenant(tenant, () -> remove(tenant, sha256)))
            .count();
  }

  private boolean remove(UUID tenant, String sha256) {
    store.lockBlob(tenant, sha256);
    if (isReferred(sha256)) {
      return false;
    }
    store
        .sql()
        .sql("delete from extractions where sha256 = :sha256")
        .param("sha256", sha256)
        .update();
    boolean bytes = files.remove(tenant, sha256);
    boolean row =
        store.sql().sql("delete from blobs where sha256 = :sha256").param("sha256", sha256).update()
            > 0;
    return bytes || row;
  }

  private boolean isReferred(String sha256) {
    return store
        .sql()
        .sql(
            "select exists (select from file_versions where sha256 = :sha256)"
                + " or exists (select from upload_parts where sha256 = :sha256)")
        .param("sha256", sha256)
        .query(Boolean.class)
        .single();
  }

  /// Everything of a tenant that looks unreferred now, some at a time; [#collect] decides.
  void sweep(UUID tenant, Instant before) {
    files.forEachAddress(
        tenant, before, LOOKS_AT_ONCE, found -> collect(tenant, unreferred(tenant, found)));
    String after = "";
    List<String> rows;
    do {
      rows = rowsWithoutReference(tenant, before, after);
      collect(tenant, rows);
      after = rows.isEmpty() ? after : rows.getLast();
    } while (rows.size() == LOOKS_AT_ONCE);
  }

  private List<String> unreferred(UUID tenant, List<String> addresses) {
    return store
        .transactions()
        .readInTenant(
            tenant,
            () ->
                store
                    .sql()
                    .sql(
                        """
                        select sha256 from unnest(:addresses::text[]) as held (sha256)
                        where not exists (select from file_versions v
                            where v.tenant_id = :tenant and v.sha256 = held.sha256)
                          and not exists (select from upload_parts p
                            where p.tenant_id = :tenant and p.sha256 = held.sha256)
                        """)
                    .param("addresses", addresses.toArray(String[]::new))
                    .param("tenant", tenant)
                    .query(String.class)
                    .list());
  }

  private List<String> rowsWithoutReference(UUID tenant, Instant before, String after) {
    return store
        .transactions()
        .readInTenant(
            tenant,
            () ->
                store
                    .sql()
                    .sql(
                        """
                        select distinct sha256 from (
                          select tenant_id, sha256, created_at from blobs
                          union all select tenant_id, sha256, created_at from extractions) held
                        where tenant_id = :tenant and sha256 > :after and created_at < :before
                          and not exists (select from file_versions v
                            where v.tenant_id = :tenant and v.sha256 = held.sha256)
                          and not exists (select from upload_parts p
                            where p.tenant_id = :tenant and p.sha256 = held.sha256)
                        order by sha256 limit :limit
                        """)
                    .param("tenant", tenant)
                    .param("before", Timestamp.from(before))
                    .param("after", after)
                    .param("limit", LOOKS_AT_ONCE)
                    .query(String.class)
                    .list());
  }
}
