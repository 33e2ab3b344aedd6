package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import engram.retrieval.Page.Cursor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The files in collections, as far as their caller may read them.
final class DocumentQueries {
  private final Store store;
  private final DocumentViews views;

  DocumentQueries(Store store, DocumentViews views) {
    this.store = store;
    this.views = views;
  }

  Document get(Access access, String collectionId, String fileId) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () -> views.shown(readable(access, collectionId, fileId), views.appliedSeq()));
  }

  /// In a transaction.
  DocumentEntity readable(Access access, String collectionId, String fileId) {
    Permissions.checkUsable(access, collectionId);
    return find(access, collectionId, fileId)
        .orElseThrow(() -> new NotFoundException("document", fileId));
  }

  private Optional<DocumentEntity> find(Access access, String collectionId, String fileId) {
    return store
        .entities()
        .createQuery(
            "select d from DocumentEntity d where d.collectionId = :collection and d.fileId = :file",
            DocumentEntity.class)
        .setParameter("collection", collectionId)
        .setParameter("file", fileId)
        .getResultList()
        .stream()
        .findFirst()
        .filter(document -> Permissions.mayRead(access, document));
  }

  /// By the subject of their jobs.
  Map<String, Document> ofJobs(Access access, Set<String> jobSubjects) {
    if (jobSubjects.isEmpty()) {
      return Map.of();
    }
    List<Long> ids = jobSubjects.stream().map(Long::valueOf).toList();
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () -> {
              List<DocumentEntity> readable =
                  store.inOrder(DocumentEntity.class, ids, document -> document.id).stream()
                      .filter(document -> Permissions.mayRead(access, document))
                      .toList();
              Map<String, Document> documents = new HashMap<>();
              views
                  .shown(readable, views.appliedSeq())
                  .forEach(document -> documents.put(Long.toString(document.id()), document));
              return documents;
            });
  }

  Page<Document> list(
      Access access, String collectionId, @Nullable DocumentStatus status, Cursor cursor) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () -> {
              Permissions.checkUsable(access, collectionId);
              if (store.entities().find(CollectionEntity.class, collectionId) == null) {
                throw new NotFoundException("collection", collectionId);
              }
              return page(
                  access,
                  collectionId,
                  "documents t where t.collection_id = :container",
                  collectionId,
                  status,
                  cursor);
            });
  }

  /// In a transaction.
  ///
  /// @param from a table of documents `t` with the parameter `:container`
  Page<Document> page(
      Access access,
      String collectionId,
      String from,
      String container,
      @Nullable DocumentStatus status,
      Cursor cursor) {
    long applied = views.appliedSeq();
    String shownStatus = DocumentViews.STATUS.replace("d.", "t.");
    String guard = Permissions.MAY_BE_READABLE.replace("d.", "t.");
    return Keyset.map(
        Keyset.page(
            cursor,
            fileId -> find(access, collectionId, fileId).map(DocumentQueries::place),
            round -> {
              String sql =
                  "select t.id from "
                      + from
                      + guard
                      + " and (:anyStatus or "
                      + shownStatus
                      + " = :status)"
                      + Keyset.tail(round, "t");
              List<Long> ids =
                  Permissions.bind(Keyset.bind(store.sql().sql(sql), round), access)
                      .param("container", container)
                      .param("applied", applied)
                      .param("anyStatus", status == null)
                      .param("status", status == null ? "" : DocumentViews.text(status))
                      .query(Long.class)
                      .list();
              return store.inOrder(DocumentEntity.class, ids, document -> document.id);
            },
            DocumentQueries::place,
            rows -> rows.stream().filter(row -> Permissions.mayRead(access, row)).toList()),
        rows -> views.shown(rows, applied));
  }

  private static Keyset.Place place(DocumentEntity document) {
    return new Keyset.Place(document.createdAt, document.id);
  }
}
