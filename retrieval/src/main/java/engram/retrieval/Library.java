package engram.retrieval;

import engram.retrieval.Page.Cursor;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  StoredFile addFile(
      Access access,
      String filename,
      String purpose,
      @Nullable String mediaType,
      InputStream content);

  /// Makes or updates the one file that the tenant calls `key`. The same bytes change nothing;
  /// other bytes make a new version, and every collection that holds the file takes it up.
  ///
  /// @return the file, and whether anything changed
  Put putFile(
      Access access, String key, String filename, @Nullable String mediaType, InputStream content);

  record Put(StoredFile file, boolean created, boolean changed) {}

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
  Receipt deleteFile(Access access, String fileId);

  // Uploads in parts

  Upload startUpload(Access access, String filename, String purpose, String mediaType, long bytes);

  Upload.Part addPart(Access access, String uploadId, InputStream content);

  /// @param md5 of the whole, in hexadecimal, if it is to be checked
  Upload completeUpload(Access access, String uploadId, List<String> partIds, @Nullable String md5);

  Upload cancelUpload(Access access, String uploadId);

  // Collections

  DocumentCollection createCollection(Access access, DocumentCollection.Draft draft);

  DocumentCollection collection(Access access, String collectionId);

  Page<DocumentCollection> collections(Access access, Cursor cursor);

  DocumentCollection updateCollection(
      Access access, String collectionId, DocumentCollection.Draft draft);

  /// Removes the collection and its documents; the files stay.
  Receipt deleteCollection(Access access, String collectionId);

  // Documents

  /// Puts a file into a collection and queues its ingestion. Putting it in again updates
  /// attributes, readers and chunking, and costs nothing where nothing changed.
  Document addDocument(Access access, String collectionId, Document.Draft draft);

  Document document(Access access, String collectionId, String fileId);

  /// @param status null for all
  Page<Document> documents(
      Access access, String collectionId, @Nullable DocumentStatus status, Cursor cursor);

  /// @param readers null leaves them as they are
  Document updateDocument(
      Access access,
      String collectionId,
      String fileId,
      Map<String, Object> attributes,
      @Nullable Set<String> readers);

  /// The document's chunks in order, as they are indexed.
  Page<Hit> chunks(Access access, String collectionId, String fileId, int offset, int limit);

  /// Takes the file out of the collection; the file stays. Returns when no search on this process
  /// can find it there.
  Receipt deleteDocument(Access access, String collectionId, String fileId);

  /// Stops the document's ingestion; what was searchable before stays searchable.
  Document cancelDocument(Access access, String collectionId, String fileId);

  /// Queues a failed or cancelled document again.
  Document retryDocument(Access access, String collectionId, String fileId);

  // Batches

  FileBatch addBatch(Access access, String collectionId, List<Document.Draft> drafts);

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
