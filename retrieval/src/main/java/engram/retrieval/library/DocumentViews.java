package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.DocumentCollection.Counts;
import engram.retrieval.DocumentStatus;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;

/// Documents as callers see them. A document whose last change this process's index has not applied
/// is still in progress here, whatever its row says.
final class DocumentViews {
  /// The status that is shown, of a document `d`, with parameter `:applied`.
  static final String STATUS =
      "case when d.status = 'completed' and d.index_seq > :applied then 'in_progress'"
          + " else d.status end";

  private final Store store;
  private final IngestJobs jobs;
  private final LongSupplier appliedSeq;

  DocumentViews(Store store, IngestJobs jobs, LongSupplier appliedSeq) {
    this.store = store;
    this.jobs = jobs;
    this.appliedSeq = appliedSeq;
  }

  long appliedSeq() {
    return appliedSeq.getAsLong();
  }

  Document shown(DocumentEntity document, long applied) {
    return shown(List.of(document), applied).getFirst();
  }

  /// In a transaction.
  List<Document> shown(List<DocumentEntity> documents, long applied) {
    Map<String, String> filenames = filenames(documents);
    Map<Long, Integer> counts = chunkCounts(documents);
    Map<Long, Document.Progress> progress =
        jobs.progress(
            documents.stream()
                .filter(document -> document.status.equals("in_progress"))
                .map(document -> document.id)
                .toList());
    return documents.stream()
        .map(document ->
            shown(
                document,
                filenames.getOrDefault(document.fileId, ""),
                status(document, applied),
                counts.getOrDefault(document.id, document.chunkCount),
                progress))
        .toList();
  }

  private static Document shown(
      DocumentEntity d,
      String filename,
      DocumentStatus status,
      int chunkCount,
      Map<Long, Document.Progress> progress) {
    Document.Failure failure =
        d.errorCode == null
            ? null
            : new Document.Failure(d.errorCode, d.errorMessage == null ? "" : d.errorMessage);
    return new Document(
        d.id,
        d.collectionId,
        d.fileId,
        filename,
        d.version,
        status,
        failure,
        d.attributes,
        d.readerSet(),
        d.chunking(),
        d.title,
        d.mediaType,
        d.language,
        d.pageCount,
        chunkCount,
        d.usageBytes,
        d.warnings,
        progress.get(d.id),
        d.createdAt,
        d.updatedAt);
  }

  private static DocumentStatus status(DocumentEntity document, long applied) {
    DocumentStatus status = status(document.status);
    return status == DocumentStatus.COMPLETED && document.indexSeq > applied
        ? DocumentStatus.IN_PROGRESS
        : status;
  }

  private static DocumentStatus status(String text) {
    return DocumentStatus.valueOf(text.toUpperCase(java.util.Locale.ROOT));
  }

  static String text(DocumentStatus status) {
    return status.name().toLowerCase(java.util.Locale.ROOT);
  }

  /// Of the build that serves, where the collection ever had another one: what ingestion wrote down
  /// is of the build that served then.
  private Map<Long, Integer> chunkCounts(List<DocumentEntity> documents) {
    Map<Long, Integer> counts = new HashMap<>();
    store
        .sql()
        .sql(
            """
            select d.id, (select count(*) from chunks h
              where h.document_id = d.id and h.build = c.serving_build)
            from documents d join collections c on c.id = d.collection_id and c.builds_made > 0
            where d.id = any(:ids::bigint[])
            """)
        .param("ids", documents.stream().map(document -> document.id).toArray(Long[]::new))
        .query(row -> {
          counts.put(row.getLong(1), row.getInt(2));
        });
    return counts;
  }

  private Map<String, String> filenames(List<DocumentEntity> documents) {
    Set<String> ids = documents.stream().map(d -> d.fileId).collect(Collectors.toSet());
    Map<String, String> names = new HashMap<>();
    store
        .sql()
        .sql("select id, filename from files where id = any(:ids::text[])")
        .param("ids", ids.toArray(String[]::new))
        .query(row -> {
          names.put(row.getString(1), row.getString(2));
        });
    return names;
  }

  /// What some documents come to, of those that the caller may read.
  record Sum(Counts counts, long usageBytes) {
    static final Sum NONE = new Sum(new Counts(0, 0, 0, 0), 0);

    Sum plus(DocumentStatus status, int documents, long bytes) {
      Counts c = counts;
      Counts more =
          switch (status) {
            case IN_PROGRESS ->
                new Counts(c.inProgress() + documents, c.completed(), c.failed(), c.cancelled());
            case COMPLETED ->
                new Counts(c.inProgress(), c.completed() + documents, c.failed(), c.cancelled());
            case FAILED ->
                new Counts(c.inProgress(), c.completed(), c.failed() + documents, c.cancelled());
            case CANCELLED ->
                new Counts(c.inProgress(), c.completed(), c.failed(), c.cancelled() + documents);
          };
      return new Sum(more, usageBytes + bytes);
    }
  }

  Map<String, Sum> ofCollections(Access access, Collection<String> collectionIds) {
    return sums(
        access,
        "d.collection_id",
        "documents d where d.collection_id = any(:ids::text[])",
        collectionIds);
  }

  Sum ofBatch(Access access, String batchId) {
    return sums(
            access,
            "i.batch_id",
            "documents d join file_batch_items i on i.document_id = d.id"
                + " where i.batch_id = any(:ids::text[])",
            List.of(batchId))
        .getOrDefault(batchId, Sum.NONE);
  }

  private Map<String, Sum> sums(
      Access access, String group, String from, Collection<String> groupIds) {
    Map<String, Sum> sums = new HashMap<>();
    if (groupIds.isEmpty()) {
      return sums;
    }
    // Without a filter the database counts; a filter is evaluated where its definition is.
    boolean inDatabase = access.filter() == null;
    String columns =
        inDatabase
            ? ", count(*) as documents, sum(d.usage_bytes) as bytes from "
            : ", 1 as documents, d.usage_bytes as bytes, d.attributes from ";
    StatementSpec statement =
        store
            .sql()
            .sql(
                "select "
                    + group
                    + ", "
                    + STATUS
                    + " as status"
                    + columns
                    + from
                    + Permissions.MAY_BE_READABLE
                    + (inDatabase ? " group by 1, 2" : ""))
            .param("applied", appliedSeq())
            .param("ids", groupIds.toArray(String[]::new));
    Permissions.bind(statement, access)
        .query(row -> {
          if (access.filter() == null
              || access.filter().matches(Permissions.attributes(row.getString("attributes")))) {
            DocumentStatus status = status(row.getString("status"));
            int documents = row.getInt("documents");
            long bytes = row.getLong("bytes");
            sums.merge(
                row.getString(1),
                Sum.NONE.plus(status, documents, bytes),
                (sum, one) -> sum.plus(status, documents, bytes));
          }
        });
    return sums;
  }
}
