package engram.retrieval.library;

import static engram.retrieval.RefusedException.Reason.FORBIDDEN;

import engram.retrieval.Access;
import engram.retrieval.Calibration;
import engram.retrieval.DocumentCollection;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import engram.retrieval.Page.Cursor;
import engram.retrieval.RefusedException;
import engram.retrieval.library.DocumentViews.Sum;
import java.sql.Types;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Collections and what is set on them.
final class Collections {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Store store;
  private final DocumentViews views;

  Collections(Store store, DocumentViews views) {
    this.store = store;
    this.views = views;
  }

  DocumentCollection create(Access access, DocumentCollection.Draft draft) {
    if (access.collections() != null) {
      throw new RefusedException(
          FORBIDDEN,
          "outside_permission",
          "This key is limited to certain collections and cannot make new ones.");
    }
    return store
        .transactions()
        .inTenant(
            access.tenant(),
            () -> {
              CollectionEntity collection = new CollectionEntity();
              collection.id = Rows.id("vs_");
              collection.tenantId = access.tenant();
              collection.name = "";
              collection.description = "";
              collection.metadata = Map.of();
              collection.createdBy = access.actor();
              collection.createdAt = store.now();
              collection.lastActiveAt = collection.createdAt;
              set(collection, draft);
              store.insert(collection);
              return shown(collection, Sum.NONE);
            });
  }

  DocumentCollection update(Access access, String collectionId, DocumentCollection.Draft draft) {
    return store
        .transactions()
        .inTenant(
            access.tenant(),
            () -> {
              CollectionEntity collection = usable(access, collectionId);
              set(collection, draft);
              store.entities().flush();
              return shown(access, List.of(collection)).getFirst();
            });
  }

  private static void set(CollectionEntity collection, DocumentCollection.Draft draft) {
    if (draft.name() != null) {
      collection.name = Limits.text("name", draft.name(), Limits.NAME_CHARS);
    }
    if (draft.description() != null) {
      collection.description =
          Limits.text("description", draft.description(), Limits.DESCRIPTION_CHARS);
    }
    if (draft.metadata() != null) {
      collection.metadata = Limits.metadata(draft.metadata());
    }
    if (draft.chunking() != null) {
      collection.chunking(draft.chunking());
    }
    if (draft.expiresAfterDays() != null) {
      collection.expiresAfterDays = Limits.expiry(draft.expiresAfterDays());
    }
  }

  DocumentCollection get(Access access, String collectionId) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(), () -> shown(access, List.of(usable(access, collectionId))).getFirst());
  }

  void check(Access access, String collectionId) {
    var _ = store.transactions().readInTenant(access.tenant(), () -> usable(access, collectionId));
  }

  @Nullable Calibration calibration(Access access, String collectionId, @Nullable Integer build) {
    String stored =
        store
            .transactions()
            .readInTenant(
                access.tenant(),
                () -> {
                  var _ = usable(access, collectionId);
                  return store
                      .sql()
                      .sql(
                          """
                          select coalesce(calibration::text, '') from (
                            select serving_build as build, calibration from collections where id = :id
                            union all
                            select b.build, b.calibration from collection_builds b
                              join collections c on c.id = b.collection_id
                            where c.id = :id and b.build <> c.serving_build and b.status <> 'cancelled') each
                          where build = coalesce(:build::int,
                            (select serving_build from collections where id = :id))
                          """)
                      .param("id", collectionId)
                      .param("build", build, Types.INTEGER)
                      .query(String.class)
                      .optional()
                      .orElseThrow(() -> noBuild(build));
                });
    return stored.isEmpty() ? null : JSON.readValue(stored, Calibration.class);
  }

  private static NotFoundException noBuild(@Nullable Integer build) {
    return new NotFoundException("build", String.valueOf(build));
  }

  void calibrate(
      Access access,
      String collectionId,
      @Nullable Integer build,
      @Nullable Calibration calibration) {
    store
        .transactions()
        .inTenant(
            access.tenant(),
            () -> {
              var _ = usable(access, collectionId);
              String how = calibration == null ? null : JSON.writeValueAsString(calibration);
              int changed =
                  store
                          .sql()
                          .sql(
                              """
                              update collections set calibration = :how::jsonb
                              where id = :id and serving_build = coalesce(:build::int, serving_build)
                              """)
                          .param("how", how, Types.VARCHAR)
                          .param("id", collectionId)
                          .param("build", build, Types.INTEGER)
                          .update()
                      + store
                          .sql()
                          .sql(
                              """
                              update collection_builds b set calibration = :how::jsonb
                              from collections c
                              where c.id = :id and b.collection_id = c.id and b.build = :build::int
                                and b.build <> c.serving_build and b.status <> 'cancelled'
                              """)
                          .param("how", how, Types.VARCHAR)
                          .param("id", collectionId)
                          .param("build", build, Types.INTEGER)
                          .update();
              if (changed == 0) {
                throw noBuild(build);
              }
            });
  }

  List<String> ids(Access access, @Nullable String name, int limit) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () ->
                store
                    .sql()
                    .sql(
                        """
                        select id from collections where (:all or id = any(:only::text[]))
                          and (:name::text is null or name = :name)
                        order by created_at desc, id desc limit :limit
                        """)
                    .param("all", access.collections() == null)
                    .param("only", only(access))
                    .param("name", name, Types.VARCHAR)
                    .param("limit", limit)
                    .query(String.class)
                    .list());
  }

  private static String[] only(Access access) {
    return access.collections() == null
        ? new String[0]
        : access.collections().toArray(String[]::new);
  }

  /// In a transaction.
  CollectionEntity usable(Access access, String collectionId) {
    Permissions.checkUsable(access, collectionId);
    CollectionEntity collection = store.entities().find(CollectionEntity.class, collectionId);
    if (collection == null) {
      throw new NotFoundException("collection", collectionId);
    }
    return collection;
  }

  Page<DocumentCollection> list(Access access, Cursor cursor) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () ->
                Keyset.map(
                    Keyset.page(
                        cursor,
                        id -> place(access, id),
                        round -> read(access, round),
                        row -> new Keyset.Place(row.createdAt, row.id),
                        rows -> rows),
                    rows -> shown(access, rows)));
  }

  private Optional<Keyset.Place> place(Access access, String id) {
    return Optional.ofNullable(store.entities().find(CollectionEntity.class, id))
        .filter(row -> access.mayUse(row.id))
        .map(row -> new Keyset.Place(row.createdAt, row.id));
  }

  private List<CollectionEntity> read(Access access, Keyset.Round round) {
    List<String> ids =
        Keyset.bind(
                store
                    .sql()
                    .sql(
                        "select t.id from collections t where (:all or t.id = any(:only::text[]))"
                            + Keyset.tail(round, "t")),
                round)
            .param("all", access.collections() == null)
            .param("only", only(access))
            .query(String.class)
            .list();
    return store.inOrder(CollectionEntity.class, ids, row -> row.id);
  }

  private List<DocumentCollection> shown(Access access, List<CollectionEntity> rows) {
    Map<String, Sum> sums = views.ofCollections(access, rows.stream().map(row -> row.id).toList());
    return rows.stream().map(row -> shown(row, sums.getOrDefault(row.id, Sum.NONE))).toList();
  }

  private static DocumentCollection shown(CollectionEntity row, Sum sum) {
    return new DocumentCollection(
        row.id,
        row.name,
        row.description,
        row.metadata,
        row.chunking(),
        row.expiresAfterDays,
        row.createdAt,
        row.lastActiveAt,
        sum.counts(),
        sum.usageBytes());
  }
}
