package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import engram.retrieval.FileBatch;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import engram.retrieval.Page.Cursor;
import engram.retrieval.ReadersChange;
import engram.retrieval.RefusedException;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Files that were put into a collection by one request.
final class Batches {
  private final Store store;
  private final Documents documents;
  private final DocumentQueries queries;
  private final DocumentViews views;

  Batches(Store store, Documents documents, DocumentQueries queries, DocumentViews views) {
    this.store = store;
    this.documents = documents;
    this.queries = queries;
    this.views = views;
  }

  /// All of the files or, if one is refused, none.
  FileBatch add(
      Access access,
      String collectionId,
      List<Document.Draft> drafts,
      Consumer<ReadersChange> changed) {
    if (drafts.isEmpty() || drafts.size() > Limits.BATCH_FILES) {
      throw new RefusedException(
          RefusedException.Reason.INVALID,
          "invalid_value",
          "A batch has 1 to " + Limits.BATCH_FILES + " files, not " + drafts.size() + ".");
    }
    // In one order, so that two batches with the same files wait for each other and no more. A file
    // that is named twice is put in once, as it is described last.
    TreeMap<String, Document.Draft> byFile = new TreeMap<>();
    drafts.forEach(draft -> byFile.put(draft.fileId(), Documents.checked(draft)));
    return store
        .transactions()
        .inTenant(
            access.tenant(),
            () -> {
              documents.lockCollection(access, collectionId);
              BatchEntity batch = insert(access, collectionId);
              Long[] ids =
                  byFile.values().stream()
                      .map(draft ->
                          documents.put(access, collectionId, draft, changed).document().id)
                      .toArray(Long[]::new);
              store
                  .sql()
                  .sql(
                      "insert into file_batch_items (tenant_id, batch_id, document_id)"
                          + " select :tenant, :batch, id from unnest(:ids::bigint[]) as item (id)")
                  .param("tenant", access.tenant())
                  .param("batch", batch.id)
                  .param("ids", ids)
                  .update();
              return shown(access, batch);
            });
  }

  private BatchEntity insert(Access access, String collectionId) {
    BatchEntity batch = new BatchEntity();
    batch.id = Rows.id("vsfb_");
    batch.tenantId = access.tenant();
    batch.collectionId = collectionId;
    batch.createdBy = access.actor();
    batch.createdAt = store.now();
    store.insert(batch);
    return batch;
  }

  FileBatch get(Access access, String collectionId, String batchId) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(), () -> shown(access, existing(access, collectionId, batchId)));
  }

  private BatchEntity existing(Access access, String collectionId, String batchId) {
    Permissions.checkUsable(access, collectionId);
    BatchEntity batch = store.entities().find(BatchEntity.class, batchId);
    if (batch == null || !batch.collectionId.equals(collectionId)) {
      throw new NotFoundException("batch", batchId);
    }
    return batch;
  }

  private FileBatch shown(Access access, BatchEntity batch) {
    return new FileBatch(
        batch.id,
        batch.collectionId,
        batch.cancelledAt != null,
        views.ofBatch(access, batch.id).counts(),
        batch.createdAt);
  }

  Page<Document> documents(
      Access access,
      String collectionId,
      String batchId,
      @Nullable DocumentStatus status,
      Cursor cursor) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () -> {
              existing(access, collectionId, batchId);
              return queries.page(
                  access,
                  collectionId,
                  "documents t join file_batch_items i on i.document_id = t.id"
                      + " where i.batch_id = :container",
                  batchId,
                  status,
                  cursor);
            });
  }

  /// Stops those of its documents that are still on their way. Where none is, it stays what it is.
  FileBatch cancel(Access access, String collectionId, String batchId) {
    return store
        .transactions()
        .inTenant(
            access.tenant(),
            () -> {
              BatchEntity batch = existing(access, collectionId, batchId);
              List<Long> ids =
                  store
                      .sql()
                      .sql(
                          """
                          select d.id from documents d
                            join file_batch_items i on i.document_id = d.id
                          where i.batch_id = :batch and d.status = 'in_progress'
                          order by d.id for update of d
                          """)
                      .param("batch", batchId)
                      .query(Long.class)
                      .list();
              List<DocumentEntity> stopped =
                  store.inOrder(DocumentEntity.class, ids, document -> document.id).stream()
                      .filter(document -> Permissions.mayRead(access, document))
                      .toList();
              stopped.forEach(documents::cancel);
              if (batch.cancelledAt == null && !stopped.isEmpty()) {
                batch.cancelledAt = store.now();
              }
              store.entities().flush();
              return shown(access, batch);
            });
  }
}
