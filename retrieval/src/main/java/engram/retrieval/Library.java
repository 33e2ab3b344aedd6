package engram.retrieval;

import engram.retrieval.Page.Cursor;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Files, collections, and the documents that files become in collections.
///
/// Every method asks what the caller may see: what it may not see does not exist
/// ([NotFoundException]). What changes is durable when the method returns, and reaches searches
/// through the outbox. Any number of threads.
public interface Library {

  // Files

  /// Stores an original. Equal bytes are kept once per tenant; every call makes a file of its own.
  ///
  /// @param content read to its end, not closed
  /// @throws RefusedException `TOO_LARGE` beyond the limit, `NO_SPACE`
  default StoredFile addFile(
      Access access,
      String filename,
      String purpose,
      @Nullable String mediaType,
      InputStream content) {
    return addFile(access, filename, purpose, mediaType, null, content);
  }

  /// @param expiresAfter from its creation, after which [#expired] offers it; null for never
  StoredFile addFile(
      Access access,
      String filename,
      String purpose,
      @Nullable String mediaType,
      @Nullable Duration expiresAfter,
      InputStream content);

  /// Makes or updates the one file that the tenant calls `key`. The same bytes change nothing;
  /// other bytes make a new version, and every collection that holds the file takes it up.
  ///
  /// @return the file, and whether anything changed
  Put putFile(
      Access access, String key, String filename, @Nullable String mediaType, InputStream content);

  record Put(StoredFile file, boolean created, boolean changed) {}

  /// Makes the file that the tenant calls by `original`'s key what `content` says, and puts it into
  /// the collection: both, or, if either is refused, neither.
  ///
  /// @param attributes null leaves them as they are
  /// @param readers null leaves them as they are
  /// @param content read to its end, not closed
  /// @param changed told if the readers of a document change that was there before
  PutDocument putDocument(
      Access access,
      String collectionId,
      Original original,
      @Nullable Map<String, Object> attributes,
      @Nullable Set<String> readers,
      InputStream content,
      Consumer<ReadersChange> changed);

  /// @param key the tenant's own name for the file
  record Original(String key, String filename, @Nullable String mediaType) {}

  /// @param created whether the collection did not hold the file before
  /// @param changed whether its content, attributes or readers are other than before
  record PutDocument(Document document, boolean created, boolean changed) {}

  StoredFile file(Access access, String fileId);

  /// The file that the caller's tenant calls `key`.
  StoredFile fileByKey(Access access, String key);

  /// @param purpose null for all
  Page<StoredFile> files(Access access, @Nullable String purpose, Cursor cursor);

  /// Where the original's bytes lie. Valid while the file is not deleted.
  Path content(Access access, String fileId);

  /// The text that citations of a version point into.
  ///
  /// @param version 0 for the present one
  String text(Access access, String fileId, int version);

  /// Removes the file everywhere: from all collections, its versions, text, chunks, vectors and
  /// index entries. Returns when no search on this process can find it.
  default Receipt deleteFile(Access access, String fileId) {
    return deleteFile(access, fileId, receipt -> {});
  }

  /// @param with told of the receipt in the transaction of the deletion, which nothing refuses any
  ///   more: what it writes is committed with the deletion, and what it throws undoes it
  Receipt deleteFile(Access access, String fileId, Consumer<Receipt> with);

  /// Whether the caller sees all of these files now.
  boolean sees(Access access, Set<String> fileIds);

  /// As [#sees], in the caller's transaction: until its end none of the files can be deleted.
  boolean hold(Access access, Set<String> fileIds);

  // Uploads in parts

  default Upload startUpload(
      Access access, String filename, String purpose, String mediaType, long bytes) {
    return startUpload(access, filename, purpose, mediaType, bytes, null);
  }

  /// @param expiresAfter of the file, from the upload's completion; null for never
  Upload startUpload(
      Access access,
      String filename,
      String purpose,
      String mediaType,
      long bytes,
      @Nullable Duration expiresAfter);

  Upload.Part addPart(Access access, String uploadId, InputStream content);

  /// @param md5 of the whole, in hexadecimal, if it is to be checked
  Upload completeUpload(Access access, String uploadId, List<String> partIds, @Nullable String md5);

  Upload cancelUpload(Access access, String uploadId);

  // Collections

  DocumentCollection createCollection(Access access, DocumentCollection.Draft draft);

  /// Counts what is in it; see [#checkCollection].
  DocumentCollection collection(Access access, String collectionId);

  /// Costs one look-up, however much the collection holds.
  ///
  /// @throws NotFoundException if it does not exist for this caller
  void checkCollection(Access access, String collectionId);

  /// How the chunks of one of the collection's builds are ranked; null for the defaults.
  ///
  /// @param build null for the one that serves
  /// @throws NotFoundException if there is no such build
  @Nullable Calibration calibration(Access access, String collectionId, @Nullable Integer build);

  /// @param build null for the one that serves
  /// @param calibration null goes back to the defaults
  /// @throws NotFoundException if there is no such build
  void calibrate(
      Access access,
      String collectionId,
      @Nullable Integer build,
      @Nullable Calibration calibration);

  /// Ids of the collections that exist for this caller, newest first, without counting what is in
  /// them.
  ///
  /// @param name only those of this name; null for all
  List<String> collectionIds(Access access, @Nullable String name, int limit);

  Page<DocumentCollection> collections(Access access, Cursor cursor);

  DocumentCollection updateCollection(
      Access access, String collectionId, DocumentCollection.Draft draft);

  /// Removes the collection and its documents; the files stay.
  default Receipt deleteCollection(Access access, String collectionId) {
    return deleteCollection(access, collectionId, receipt -> {});
  }

  /// @param with as for [#deleteFile]
  Receipt deleteCollection(Access access, String collectionId, Consumer<Receipt> with);

  // Expiry

  /// Files and collections of all tenants whose time is over.
  List<Expired> expired(int limit);

  /// Deletes what is still expired, as [#deleteFile] and [#deleteCollection] do.
  ///
  /// @throws NotFoundException if it is gone, or in use again
  Receipt deleteExpired(Expired expired, Consumer<Receipt> with);

  // Documents

  /// Puts a file into a collection and queues its ingestion. Putting it in again updates what the
  /// draft says of attributes, readers and chunking, and costs nothing where nothing changed.
  default Document addDocument(Access access, String collectionId, Document.Draft draft) {
    return addDocument(access, collectionId, draft, change -> {});
  }

  /// @param changed told if the readers of a document change that was there before
  Document addDocument(
      Access access, String collectionId, Document.Draft draft, Consumer<ReadersChange> changed);

  Document document(Access access, String collectionId, String fileId);

  /// @param status null for all
  Page<Document> documents(
      Access access, String collectionId, @Nullable DocumentStatus status, Cursor cursor);

  default Document updateDocument(
      Access access,
      String collectionId,
      String fileId,
      @Nullable Map<String, Object> attributes,
      @Nullable Set<String> readers) {
    return updateDocument(access, collectionId, fileId, attributes, readers, change -> {});
  }

  /// @param attributes null leaves them as they are
  /// @param readers null leaves them as they are
  /// @param changed told if the readers change
  Document updateDocument(
      Access access,
      String collectionId,
      String fileId,
      @Nullable Map<String, Object> attributes,
      @Nullable Set<String> readers,
      Consumer<ReadersChange> changed);

  /// The document's chunks in order, as they are indexed in the build that serves.
  default Page<Hit> chunks(
      Access access, String collectionId, String fileId, int offset, int limit) {
    return chunks(access, collectionId, fileId, null, offset, limit);
  }

  /// @param build of the collection; null for the one that serves
  /// @throws NotFoundException also if there is no such build
  Page<Hit> chunks(
      Access access,
      String collectionId,
      String fileId,
      @Nullable Integer build,
      int offset,
      int limit);

  /// A chunk with what stands around it in its document. Costs one look-up.
  ///
  /// @param neighbours chunks before it and after it, at most [Surroundings#NEIGHBOURS_MAX] each
  /// @throws NotFoundException also if the chunk went with a newer version of its document
  Surroundings around(Access access, String collectionId, long chunkId, int neighbours);

  /// Takes the file out of the collection; the file stays. Returns when no search on this process
  /// can find it there.
  default Receipt deleteDocument(Access access, String collectionId, String fileId) {
    return deleteDocument(access, collectionId, fileId, receipt -> {});
  }

  /// @param with as for [#deleteFile]
  Receipt deleteDocument(Access access, String collectionId, String fileId, Consumer<Receipt> with);

  /// Stops the document's ingestion; what was searchable before stays searchable.
  Document cancelDocument(Access access, String collectionId, String fileId);

  /// Queues a failed or cancelled document again.
  Document retryDocument(Access access, String collectionId, String fileId);

  /// As [#cancelDocument], of the document that a job of kind [Ingestion#JOB_KIND] is about.
  Document cancelIngestion(Access access, String jobSubject);

  /// As [#retryDocument], of the document that a job of kind [Ingestion#JOB_KIND] is about.
  Document retryIngestion(Access access, String jobSubject);

  /// The documents that jobs of kind [Ingestion#JOB_KIND] are about, by the jobs' subjects; without
  /// those that the caller may not read.
  Map<String, Document> ingested(Access access, Set<String> jobSubjects);

  // Batches

  default FileBatch addBatch(Access access, String collectionId, List<Document.Draft> drafts) {
    return addBatch(access, collectionId, drafts, change -> {});
  }

  /// @param changed told of every document that was there before and whose readers change
  FileBatch addBatch(
      Access access,
      String collectionId,
      List<Document.Draft> drafts,
      Consumer<ReadersChange> changed);

  FileBatch batch(Access access, String collectionId, String batchId);

  Page<Document> batchDocuments(
      Access access,
      String collectionId,
      String batchId,
      @Nullable DocumentStatus status,
      Cursor cursor);

  FileBatch cancelBatch(Access access, String collectionId, String batchId);

  // Receipts

  Receipt receipt(Access access, String receiptId);

  Page<Receipt> receipts(Access access, Cursor cursor);

  /// The change that a later search must see to see everything written up to now: give it to
  /// [Indexing#awaitApplied].
  long headSeq();
}
