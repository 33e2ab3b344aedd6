package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.Expired;
import engram.retrieval.Indexing;
import engram.retrieval.Receipt;
import engram.retrieval.RefusedException;
import engram.retrieval.library.Departing.Which;
import engram.retrieval.library.Outbox.Dropped;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
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
  private static final int LOOKS_AT_ONCE = 1_000;

  private final Store store;
  private final Permissions permissions;
  private final Files files;
  private final DocumentQueries documents;
  private final Blobs blobs;
  private final IngestJobs jobs;
  private final BuildJobs buildJobs;
  private final Departing departing;
  private final Outbox outbox;
  private final Receipts receipts;
  private final Indexing indexing;
  private final LongPredicate inIndex;

  Deletion(
      Store store,
      Permissions permissions,
      Files files,
      DocumentQueries documents,
      Blobs blobs,
      IngestJobs jobs,
      BuildJobs buildJobs,
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
    this.buildJobs = buildJobs;
    this.departing = new Departing(store);
    this.outbox = outbox;
    this.receipts = receipts;
    this.indexing = indexing;
    this.inIndex = inIndex;
  }

  /// What a committed deletion leaves to be done.
  private record Committed(Receipt receipt, List<String> addresses, Dropped dropped) {}

  Receipt deleteDocument(
      Access access, String collectionId, String fileId, Duration timeout, Consumer<Receipt> with) {
    return delete(
        access,
        timeout,
        () -> {
          long id = documents.readable(access, collectionId, fileId).id;
          long count = departing.lock(Which.DOCUMENT, Long.toString(id));
          return commit(
              access,
              "document " + fileId + " of " + collectionId,
              count,
              List.of(),
              with,
              removed -> {});
        });
  }

  Receipt deleteFile(Access access, String fileId, Duration timeout, Consumer<Receipt> with) {
    return delete(access, timeout, () -> removeFile(access, fileId, with));
  }

  private Committed removeFile(Access access, String fileId, Consumer<Receipt> with) {
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
    long count = departing.lock(Which.OF_FILE, fileId);
    return commit(
        access,
        "file " + fileId,
        count,
        addresses,
        with,
        removed -> {
          removed.put("files", 1L);
          removed.put(
              "file_versions", update("delete from file_versions where file_id = :value", fileId));
          removed.put("uploads", update("delete from uploads where file_id = :value", fileId));
          update("delete from files where id = :value", fileId);
          removed.put("extracted_texts", dropExtractions(addresses));
        });
  }

  Receipt deleteCollection(
      Access access, String collectionId, Duration timeout, Consumer<Receipt> with) {
    return delete(access, timeout, () -> removeCollection(access, collectionId, with));
  }

  private Committed removeCollection(Access access, String collectionId, Consumer<Receipt> with) {
    Permissions.checkUsable(access, collectionId);
    store.lockRow(
        "collection", "select id from collections where id = :id for update", collectionId);
    long count = departing.lock(Which.OF_COLLECTION, collectionId);
    boolean readsAll = access.readsAll() && access.filter() == null;
    if (!readsAll && !departing.areAllReadableBy(access)) {
      throw new RefusedException(
          RefusedException.Reason.FORBIDDEN,
          "collection_in_use",
          "The collection holds documents that this key cannot see.");
    }
    return commit(
        access,
        "collection " + collectionId,
        count,
        List.of(),
        with,
        removed -> {
          removed.put("collections", 1L);
          removed.merge("jobs", buildJobs.remove(collectionId), Long::sum);
          update("delete from collections where id = :value", collectionId);
        });
  }

  /// What is still expired when its row is locked.
  Receipt deleteExpired(Access access, Expired expired, Duration timeout, Consumer<Receipt> with) {
    return delete(
        access,
        timeout,
        () -> {
          Expiry.lock(store, expired);
          return switch (expired.kind()) {
            case FILE -> removeFile(access, expired.id(), with);
            case COLLECTION -> removeCollection(access, expired.id(), with);
          };
        });
  }

  private Receipt delete(Access access, Duration timeout, Supplier<Committed> rows) {
    Committed done = store.transactions().inTenant(access.tenant(), rows);
    Map<String, Long> removed = new LinkedHashMap<>(done.receipt().removed());
    removed.put("blobs", blobs.collect(access.tenant(), done.addresses()));
    long seq = done.dropped().seq();
    boolean applied = seq == 0 || indexing.awaitApplied(seq, timeout);
    boolean absent = applied && isAbsent(access, done.dropped());
    return receipts.finish(access, done.receipt(), removed, absent);
  }

  /// Looks for each document that was dropped, some at a time. One that was never searchable is not
  /// looked for. What the outbox has forgotten meanwhile cannot be looked for, and counts as there.
  private boolean isAbsent(Access access, Dropped dropped) {
    long seen = 0;
    while (seen < dropped.changes()) {
      List<Long> ids =
          store
              .transactions()
              .readInTenant(
                  access.tenant(),
                  dropped(dropped.seq() - dropped.changes() + seen, dropped.seq()));
      if (ids.isEmpty() || ids.stream().anyMatch(id -> inIndex.test(id.longValue()))) {
        return false;
      }
      seen += ids.size();
    }
    return true;
  }

  private Supplier<List<Long>> dropped(long after, long last) {
    return () ->
        store
            .sql()
            .sql(
                "select document_id from index_changes where seq > :after and seq <= :last"
                    + " order by seq limit :limit")
            .param("after", after)
            .param("last", last)
            .param("limit", LOOKS_AT_ONCE)
            .query(Long.class)
            .list();
  }

  /// Removes the departing documents' rows, then `rest`, then tells the index: that comes last.
  private Committed commit(
      Access access,
      String subject,
      long documentCount,
      List<String> addresses,
      Consumer<Receipt> with,
      Consumer<Map<String, Long>> rest) {
    Map<String, Long> removed = new LinkedHashMap<>();
    departing.count(removed);
    removed.put("jobs", jobs.removeDeparting());
    removed.put("documents", documentCount);
    departing.remove();
    rest.accept(removed);
    Receipt receipt = receipts.begin(access, subject, removed);
    with.accept(receipt);
    return new Committed(receipt, addresses, outbox.documentsDropped());
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
