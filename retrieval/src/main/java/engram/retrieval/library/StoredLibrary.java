package engram.retrieval.library;

import engram.db.JobLedger;
import engram.retrieval.Access;
import engram.retrieval.Calibration;
import engram.retrieval.Document;
import engram.retrieval.DocumentCollection;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Expired;
import engram.retrieval.FileBatch;
import engram.retrieval.Hit;
import engram.retrieval.Indexing;
import engram.retrieval.Library;
import engram.retrieval.Page;
import engram.retrieval.Page.Cursor;
import engram.retrieval.ReadersChange;
import engram.retrieval.Receipt;
import engram.retrieval.StoredFile;
import engram.retrieval.Surroundings;
import engram.retrieval.Upload;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// The library on PostgreSQL and a data folder: one class per kind of thing, composed here.
public final class StoredLibrary implements Library {
  private static final String SYSTEM = "system";

  private final Files files;
  private final Uploads uploads;
  private final Collections collections;
  private final Documents documents;
  private final DocumentQueries documentQueries;
  private final DocumentChunks chunks;
  private final ChunkSurroundings surroundings;
  private final Batches batches;
  private final Deletion deletion;
  private final Receipts receipts;
  private final Outbox outbox;
  private final Expiry expiry;
  private final Sweep sweep;
  private final Duration deletionTimeout;

  /// @param fileBytesMax of one file, uploaded whole or in parts
  /// @param partBytesMax of one part of an upload
  /// @param partsMax parts of one upload
  /// @param uploadExpiry how long an upload may stay unfinished
  /// @param deletionTimeout how long a deletion waits for the index to follow
  public record Bounds(
      long fileBytesMax,
      long partBytesMax,
      int partsMax,
      Duration uploadExpiry,
      Duration deletionTimeout) {}

  /// @param inIndex whether this process's index holds anything of a document
  public StoredLibrary(
      Store store,
      BlobStore disk,
      JobLedger ledger,
      int ingestAttempts,
      Indexing indexing,
      LongPredicate inIndex,
      Bounds bounds) {
    IngestJobs jobs = new IngestJobs(store, ledger, ingestAttempts);
    BuildJobs buildJobs = new BuildJobs(store, ledger);
    Permissions permissions = new Permissions(store);
    Blobs blobs = new Blobs(store, disk);
    DocumentViews views = new DocumentViews(store, jobs, indexing::appliedSeq);
    outbox = new Outbox(store);
    receipts = new Receipts(store);
    files = new Files(store, disk, blobs, permissions, jobs, bounds.fileBytesMax());
    uploads =
        new Uploads(
            store,
            disk,
            blobs,
            files,
            new Uploads.Bounds(
                bounds.fileBytesMax(),
                bounds.partBytesMax(),
                bounds.partsMax(),
                bounds.uploadExpiry()));
    collections = new Collections(store, views);
    documents = new Documents(store, files, views, jobs, outbox);
    documentQueries = new DocumentQueries(store, views);
    chunks = new DocumentChunks(store, documentQueries);
    surroundings = new ChunkSurroundings(store);
    batches = new Batches(store, documents, documentQueries, views);
    deletion =
        new Deletion(
            store,
            permissions,
            files,
            documentQueries,
            blobs,
            jobs,
            buildJobs,
            outbox,
            receipts,
            indexing,
            inIndex);
    expiry = new Expiry(store);
    sweep =
        new Sweep(
            store,
            disk,
            blobs,
            uploads,
            new Retention(store, blobs),
            jobs,
            new BuildSweep(store, buildJobs));
    deletionTimeout = bounds.deletionTimeout();
  }

  /// For ingestion, which offers it at the door.
  public Sweep sweep() {
    return sweep;
  }

  @Override
  public StoredFile addFile(
      Access access,
      String filename,
      String purpose,
      @Nullable String mediaType,
      @Nullable Duration expiresAfter,
      InputStream content) {
    return files.add(access, filename, purpose, mediaType, expiresAfter, content);
  }

  @Override
  public Put putFile(
      Access access, String key, String filename, @Nullable String mediaType, InputStream content) {
    return files.put(access, key, filename, mediaType, content);
  }

  @Override
  public PutDocument putDocument(
      Access access,
      String collectionId,
      Original original,
      @Nullable Map<String, Object> attributes,
      @Nullable Set<String> readers,
      InputStream content,
      Consumer<ReadersChange> changed) {
    collections.check(access, collectionId); // before a long upload, and again in its transaction
    Document.Draft described = new Document.Draft("", attributes, readers, null);
    return documents.put(access, collectionId, original, described, content, changed);
  }

  @Override
  public StoredFile file(Access access, String fileId) {
    return files.get(access, fileId);
  }

  @Override
  public StoredFile fileByKey(Access access, String key) {
    return files.getByKey(access, key);
  }

  @Override
  public Page<StoredFile> files(Access access, @Nullable String purpose, Cursor cursor) {
    return files.list(access, purpose, cursor);
  }

  @Override
  public Path content(Access access, String fileId) {
    return files.content(access, fileId);
  }

  @Override
  public String text(Access access, String fileId, int version) {
    return files.text(access, fileId, version);
  }

  @Override
  public Receipt deleteFile(Access access, String fileId, Consumer<Receipt> with) {
    return deletion.deleteFile(access, fileId, deletionTimeout, with);
  }

  @Override
  public boolean sees(Access access, Set<String> fileIds) {
    return files.sees(access, fileIds);
  }

  @Override
  public boolean hold(Access access, Set<String> fileIds) {
    return files.hold(access, fileIds);
  }

  @Override
  public Upload startUpload(
      Access access,
      String filename,
      String purpose,
      String mediaType,
      long bytes,
      @Nullable Duration expiresAfter) {
    return uploads.start(access, filename, purpose, mediaType, bytes, expiresAfter);
  }

  @Override
  public Upload.Part addPart(Access access, String uploadId, InputStream content) {
    return uploads.addPart(access, uploadId, content);
  }

  @Override
  public Upload completeUpload(
      Access access, String uploadId, List<String> partIds, @Nullable String md5) {
    return uploads.complete(access, uploadId, partIds, md5);
  }

  @Override
  public Upload cancelUpload(Access access, String uploadId) {
    return uploads.cancel(access, uploadId);
  }

  @Override
  public DocumentCollection createCollection(Access access, DocumentCollection.Draft draft) {
    return collections.create(access, draft);
  }

  @Override
  public DocumentCollection collection(Access access, String collectionId) {
    return collections.get(access, collectionId);
  }

  @Override
  public void checkCollection(Access access, String collectionId) {
    collections.check(access, collectionId);
  }

  @Override
  public @Nullable Calibration calibration(
      Access access, String collectionId, @Nullable Integer build) {
    return collections.calibration(access, collectionId, build);
  }

  @Override
  public void calibrate(
      Access access,
      String collectionId,
      @Nullable Integer build,
      @Nullable Calibration calibration) {
    collections.calibrate(access, collectionId, build, calibration);
  }

  @Override
  public List<String> collectionIds(Access access, @Nullable String name, int limit) {
    return collections.ids(access, name, limit);
  }

  @Override
  public Page<DocumentCollection> collections(Access access, Cursor cursor) {
    return collections.list(access, cursor);
  }

  @Override
  public DocumentCollection updateCollection(
      Access access, String collectionId, DocumentCollection.Draft draft) {
    return collections.update(access, collectionId, draft);
  }

  @Override
  public Receipt deleteCollection(Access access, String collectionId, Consumer<Receipt> with) {
    return deletion.deleteCollection(access, collectionId, deletionTimeout, with);
  }

  @Override
  public List<Expired> expired(int limit) {
    return expiry.expired(limit);
  }

  @Override
  public Receipt deleteExpired(Expired expired, Consumer<Receipt> with) {
    Access system = Access.all(expired.tenant(), SYSTEM);
    return deletion.deleteExpired(system, expired, deletionTimeout, with);
  }

  @Override
  public Document addDocument(
      Access access, String collectionId, Document.Draft draft, Consumer<ReadersChange> changed) {
    return documents.add(access, collectionId, draft, changed);
  }

  @Override
  public Document document(Access access, String collectionId, String fileId) {
    return documentQueries.get(access, collectionId, fileId);
  }

  @Override
  public Page<Document> documents(
      Access access, String collectionId, @Nullable DocumentStatus status, Cursor cursor) {
    return documentQueries.list(access, collectionId, status, cursor);
  }

  @Override
  public Document updateDocument(
      Access access,
      String collectionId,
      String fileId,
      @Nullable Map<String, Object> attributes,
      @Nullable Set<String> readers,
      Consumer<ReadersChange> changed) {
    return documents.update(access, collectionId, fileId, attributes, readers, changed);
  }

  @Override
  public Page<Hit> chunks(
      Access access,
      String collectionId,
      String fileId,
      @Nullable Integer build,
      int offset,
      int limit) {
    return chunks.page(access, collectionId, fileId, build, offset, limit);
  }

  @Override
  public Surroundings around(Access access, String collectionId, long chunkId, int neighbours) {
    return surroundings.of(access, collectionId, chunkId, neighbours);
  }

  @Override
  public Receipt deleteDocument(
      Access access, String collectionId, String fileId, Consumer<Receipt> with) {
    return deletion.deleteDocument(access, collectionId, fileId, deletionTimeout, with);
  }

  @Override
  public Document cancelDocument(Access access, String collectionId, String fileId) {
    return documents.cancel(access, collectionId, fileId);
  }

  @Override
  public Document retryDocument(Access access, String collectionId, String fileId) {
    return documents.retry(access, collectionId, fileId);
  }

  @Override
  public Document cancelIngestion(Access access, String jobSubject) {
    return documents.cancelJob(access, jobSubject);
  }

  @Override
  public Document retryIngestion(Access access, String jobSubject) {
    return documents.retryJob(access, jobSubject);
  }

  @Override
  public Map<String, Document> ingested(Access access, Set<String> jobSubjects) {
    return documentQueries.ofJobs(access, jobSubjects);
  }

  @Override
  public FileBatch addBatch(
      Access access,
      String collectionId,
      List<Document.Draft> drafts,
      Consumer<ReadersChange> changed) {
    return batches.add(access, collectionId, drafts, changed);
  }

  @Override
  public FileBatch batch(Access access, String collectionId, String batchId) {
    return batches.get(access, collectionId, batchId);
  }

  @Override
  public Page<Document> batchDocuments(
      Access access,
      String collectionId,
      String batchId,
      @Nullable DocumentStatus status,
      Cursor cursor) {
    return batches.documents(access, collectionId, batchId, status, cursor);
  }

  @Override
  public FileBatch cancelBatch(Access access, String collectionId, String batchId) {
    return batches.cancel(access, collectionId, batchId);
  }

  @Override
  public Receipt receipt(Access access, String receiptId) {
    return receipts.get(access, receiptId);
  }

  @Override
  public Page<Receipt> receipts(Access access, Cursor cursor) {
    return receipts.list(access, cursor);
  }

  @Override
  public long headSeq() {
    return outbox.headSeq();
  }
}
