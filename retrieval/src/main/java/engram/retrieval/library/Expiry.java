package engram.retrieval.library;

import engram.retrieval.Expired;
import engram.retrieval.NotFoundException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// What has expired. Deleting it is for who keeps other things about it too: see
/// [engram.retrieval.Library#expired].
final class Expiry {
  private final Store store;

  Expiry(Store store) {
    this.store = store;
  }

  List<Expired> expired(int limit) {
    List<UUID> tenants =
        store
            .transactions()
            .readInSystem(() -> store.sql().sql("select id from tenants").query(UUID.class).list());
    List<Expired> expired = new ArrayList<>();
    for (UUID tenant : tenants) {
      for (Expired.Kind kind : Expired.Kind.values()) {
        if (expired.size() < limit) {
          expired.addAll(expired(tenant, kind, limit - expired.size()));
        }
      }
    }
    return expired;
  }

  private List<Expired> expired(UUID tenant, Expired.Kind kind, int limit) {
    return store
        .transactions()
        .readInTenant(
            tenant,
            () ->
                store
                    .sql()
                    .sql(select(kind) + " order by id limit :limit")
                    .param("now", Timestamp.from(store.now()))
                    .param("limit", limit)
                    .query((row, index) -> new Expired(tenant, kind, row.getString("id")))
                    .list());
  }

  /// In a transaction that goes on to delete it.
  ///
  /// @throws engram.retrieval.NotFoundException if it is gone, or in use again
  static void lock(Store store, Expired expired) {
    Timestamp now = Timestamp.from(store.now());
    boolean still =
        store
            .sql()
            .sql(select(expired.kind()) + " and id = :id for update")
            .param("now", now)
            .param("id", expired.id())
            .query(String.class)
            .optional()
            .isPresent();
    if (!still) {
      throw new NotFoundException("expired " + expired.kind(), expired.id());
    }
  }

  private static String select(Expired.Kind kind) {
    return switch (kind) {
      case FILE -> "select id from files where expires_at < :now";
      case COLLECTION ->
          "select id from collections"
              + " where last_active_at + expires_after_days * interval '1 day' < :now";
    };
  }
}
