package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.Indexing;
import engram.retrieval.Receipt;
import engram.retrieval.RefusedException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.function.Supplier;

/// Takes documents, files and collections away, completely.
///
/// One transaction removes the rows, tells the index and writes the receipt; after it nothing can
/// bring the content back. Then the originals go, the index of this process follows, and the
/// receipt is completed with what a look into the index found. Killed after the transaction, the
/// sweep removes the originals, the outbox brings the index along, and the receipt keeps saying
/// that absence was not verified.
final class Deletion {
  private final Store store;
  private final Permissions permissions;
  private final Files files;
  private final Documents documents;
  private final Blobs blobs;
  private final IngestJobs jobs;
  private final Outbox outbox;
  private final Receipts receipts;
  private final Indexing indexing;
  private final LongPredicate inIndex;

  Deletion(
      Store store,
      Permissions permissions,
      Files files,
      Documents documents,
      Blobs blobs,
      IngestJobs jobs,
      Outbox outbox,
      Receipts receipts,
      Indexing indexing,
      LongPredicate inIndex) {
    this.store = store;
    this.permissions = permissions;
    this.files = files;
    this.documents = documents;
    this.blobs = blobs;
    this.jobs = jobs;
    this.outbox = outbox;
    this.receipts = receipts;
    this.indexing = indexing;
    this.inIndex = inIndex;
  }

  /// What a committed deletion leaves to be done.
  ///
  /// @param seq the change that the index has to apply; 0 for none
  private record Committed(
      Receipt receipt, List<Long> documentIds, List<String> addresses, long seq) {}

  Receipt deleteDocument(Access access, String collectionId, String fileId, Duration timeout) {
    return delete(
        access,
        timeout,
        () -> {
          long id = documents.readable(access, collectionId, fileId).id;
          List<Long> ids = lockDocuments("id = :value::bigint", Long.toString(id));
          return commit(
              access, "document " + fileId + " of " + collectionId, ids, List.of(), removed -> {});
        });
  }

  Receipt deleteFile(Access access, String fileId, Duration timeout) {
    return delete(access, timeout, () -> removeFile(access, fileId));
  }

  private Committed removeFile(Access access, String fileId) {
    store.lockRow("file", "select id from files where id = :id for update", fileId);
    files.visible(access, fileId);
    permissions.checkSeesAllDocuments(access, fileId);
    List<String> addresses =
        store
            .sql()
            .sql("select distinct sha256 from file_versions where file_id = :file")
            .param("file", fileId)
            .query(String.class)
            .list();
    // An extraction may be shared with a file that is being added; its adder holds this lock.
    blobs.lock(access.tenant(), addresses);
    List<Long> ids = lockDocuments("file_id = :value", fileId);
    return commit(
        access,
        "file " + fileId,
        ids,
        addresses,
        removed -> {
          removed.put("files", 1L);
          removed.put(
              "file_versions", update("delete from file_versions where file_id = :value", fileId));
          update("update uploads set file_id = null where file_id = :value", fileId);
          update("delete from files where id = :value", fileId);
          removed.put("extracted_texts", dropExtractions(addresses));
        });
  }

  Receipt deleteCollection(Access access, String collectionId, Duration timeout) {
    return delete(access, timeout, () -> removeCollection(access, collectionId));
  }

  private Committed removeCollection(Access access, String collectionId) {
    Permissions.checkUsable(access, collectionId);
    store.lockRow(
        "collection", "select id from collections where id = :id for update", collectionId);
    List<Long> ids = lockDocuments("collection_id = :value", collectionId);
    if (!(access.readsAll() && access.filter() == null)
        && !store.inOrder(DocumentEntity.class, ids, document -> document.id).stream()
            .allMatch(document -> Permissions.mayRead(access, document))) {
      throw new RefusedException(
          RefusedException.Reason.FORBIDDEN,
          "collection_in_use",
          "The collection holds documents that this key cannot see.");
    }
    return commit(
        access,
        "collection " + collectionId,
        ids,
        List.of(),
        removed -> {
          removed.put("collections", 1L);
          update("delete from collections where id = :value", collectionId);
        });
  }

  private Receipt delete(Access access, Duration timeout, Supplier<Committed> rows) {
    Committed done = store.transactions().inTenant(access.tenant(), rows);
    Map<String, Long> removed = new LinkedHashMap<>(done.receipt().removed());
    removed.put("blobs", blobs.collect(access.tenant(), done.addresses()));
    boolean applied = done.seq() == 0 || indexing.awaitApplied(done.seq(), timeout);
    boolean absent =
        applied && done.documentIds().stream().noneMatch(id -> inIndex.test(id.longValue()));
    return receipts.finish(access, done.receipt(), removed, absent);
  }

  private List<Long> lockDocuments(String condition, String value) {
    return store
        .sql()
        .sql("select id from documents where " + condition + " order by id for update")
        .param("value", value)
        .query(Long.class)
        .list();
  }

  /// Removes the documents' rows, then `rest`, then tells the index: that comes last.
  private Committed commit(
      Access access,
      String subject,
      List<Long> documentIds,
      List<String> addresses,
      java.util.function.Consumer<Map<String, Long>> rest) {
    Map<String, Long> removed = new LinkedHashMap<>();
    Long[] ids = documentIds.toArray(Long[]::new);
    List<Long> indexed =
        store
            .sql()
            .sql(
                "select id from documents where id = any(:ids::bigint[]) and index_seq > 0"
                    + " order by id")
            .param("ids", ids)
            .query(Long.class)
            .list();
    store
        .sql()
        .sql(
            "select count(*) as chunks, count(embedding) as vectors from chunks"
                + " where document_id = any(:ids::bigint[])")
        .param("ids", ids)
        .query(row -> {
          removed.put("chunks", row.getLong("chunks"));
          removed.put("vectors", row.getLong("vectors"));
          removed.put("index_entries", row.getLong("chunks"));
        });
    removed.put("jobs", jobs.remove(ids));
    removed.put(
        "documents",
        (long)
            store
                .sql()
                .sql("delete from documents where id = any(:ids::bigint[])")
                .param("ids", ids)
                .update());
    rest.accept(removed);
    Receipt receipt = receipts.begin(access, subject, removed);
    long seq = indexed.isEmpty() ? 0 : outbox.documentsDropped(indexed);
    return new Committed(receipt, documentIds, addresses, seq);
  }

  private long update(String sql, String value) {
    return store.sql().sql(sql).param("value", value).update();
  }

  private long dropExtractions(List<String> addresses) {
    return store
        .sql()
        .sql(
            """
            delete from extractions e where e.sha256 = any(:addresses::text[])
              and not exists (select from file_versions v where v.sha256 = e.sha256)
            """)
        .param("addresses", addresses.toArray(String[]::new))
        .update();
  }
}
