package engram.api.fakes;

import engram.retrieval.Access;
import engram.retrieval.Box;
import engram.retrieval.Calibration;
import engram.retrieval.Chunking;
import engram.retrieval.Document;
import engram.retrieval.DocumentCollection;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Expired;
import engram.retrieval.FileBatch;
import engram.retrieval.Hit;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import engram.retrieval.Page.Cursor;
import engram.retrieval.ReadersChange;
import engram.retrieval.Receipt;
import engram.retrieval.RefusedException;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.StoredFile;
import engram.retrieval.Surroundings;
import engram.retrieval.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/// A library in memory: every document is searchable at once, unless [#nextStatus] says otherwise.
public final class FakeLibrary implements Library {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  public volatile DocumentStatus nextStatus = DocumentStatus.COMPLETED;
  public volatile Document.Failure nextFailure;

  private final AtomicInteger ids = new AtomicInteger();
  private final Map<String, StoredFile> files = new LinkedHashMap<>();
  private final Map<String, byte[]> contents = new HashMap<>();
  private final Map<String, DocumentCollection> collections = new LinkedHashMap<>();
  private final Map<String, Map<String, Document>> documents = new LinkedHashMap<>();
  private final Map<String, Upload> uploads = new HashMap<>();
  private final Map<String, byte[]> parts = new HashMap<>();
  private final Map<String, List<String>> batches = new HashMap<>();
  private final Map<String, FileBatch> batchViews = new HashMap<>();
  private final Map<String, Receipt> receipts = new LinkedHashMap<>();

  @Override
  public synchronized StoredFile addFile(
      Access access,
      String filename,
      String purpose,
      String mediaType,
      Duration expiresAfter,
      InputStream content) {
    return store(null, filename, purpose, mediaType, bytes(content), 1);
  }

  private StoredFile store(
      String key, String filename, String purpose, String type, byte[] bytes, int version) {
    String id = "file-" + ids.incrementAndGet();
    StoredFile file =
        new StoredFile(
            id, key, filename, purpose, type, version, "00", bytes.length, "key", NOW, null);
    files.put(id, file);
    contents.put(id, bytes);
    return file;
  }

  @Override
  public synchronized Put putFile(
      Access access, String key, String filename, String mediaType, InputStream content) {
    byte[] bytes = bytes(content);
    for (StoredFile file : files.values()) {
      if (key.equals(file.key())) {
        boolean changed = !java.util.Arrays.equals(bytes, contents.get(file.id()));
        contents.put(file.id(), bytes);
        return new Put(file, false, changed);
      }
    }
    return new Put(store(key, filename, "assistants", mediaType, bytes, 1), true, true);
  }

  @Override
  public synchronized StoredFile file(Access access, String fileId) {
    return found(files, "file", fileId);
  }

  @Override
  public synchronized StoredFile fileByKey(Access access, String key) {
    return files.values().stream()
        .filter(file -> key.equals(file.key()))
        .findFirst()
        .orElseThrow(() -> new NotFoundException("file", key));
  }

  @Override
  public synchronized Page<StoredFile> files(Access access, String purpose, Cursor cursor) {
    return page(
        files.values().stream()
            .filter(f -> purpose == null || f.purpose().equals(purpose))
            .toList(),
        StoredFile::id,
        cursor);
  }

  @Override
  public synchronized Path content(Access access, String fileId) {
    file(access, fileId);
    try {
      Path path = Files.createTempFile("content", ".bin");
      path.toFile().deleteOnExit();
      return Files.write(path, contents.get(fileId));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized String text(Access access, String fileId, int version) {
    file(access, fileId);
    return new String(contents.get(fileId), StandardCharsets.UTF_8);
  }

  @Override
  public synchronized Receipt deleteFile(Access access, String fileId, Consumer<Receipt> with) {
    file(access, fileId);
    files.remove(fileId);
    documents.values().forEach(one -> one.remove(fileId));
    return receipt("file " + fileId, with);
  }

  @Override
  public synchronized boolean sees(Access access, Set<String> fileIds) {
    return files.keySet().containsAll(fileIds);
  }

  @Override
  public boolean hold(Access access, Set<String> fileIds) {
    return sees(access, fileIds);
  }

  @Override
  public List<Expired> expired(int limit) {
    return List.of();
  }

  @Override
  public Receipt deleteExpired(Expired expired, Consumer<Receipt> with) {
    throw new NotFoundException("expired", expired.id());
  }

  @Override
  public Document cancelIngestion(Access access, String jobSubject) {
    throw new NotFoundException("document", jobSubject);
  }

  @Override
  public Document retryIngestion(Access access, String jobSubject) {
    throw new NotFoundException("document", jobSubject);
  }

  @Override
  public Map<String, Document> ingested(Access access, Set<String> jobSubjects) {
    return Map.of();
  }

  @Override
  public synchronized PutDocument putDocument(
      Access access,
      String collectionId,
      Original original,
      Map<String, Object> attributes,
      Set<String> readers,
      InputStream content,
      Consumer<ReadersChange> changed) {
    collection(access, collectionId);
    Put put = putFile(access, original.key(), original.filename(), original.mediaType(), content);
    boolean created = !documents.get(collectionId).containsKey(put.file().id());
    Document.Draft draft = new Document.Draft(put.file().id(), attributes, readers, null);
    return new PutDocument(
        addDocument(access, collectionId, draft, changed), created, put.changed());
  }

  @Override
  public synchronized Upload startUpload(
      Access access,
      String filename,
      String purpose,
      String mediaType,
      long bytes,
      Duration expiresAfter) {
    String id = "upload_" + ids.incrementAndGet();
    Upload upload =
        new Upload(
            id, filename, purpose, mediaType, bytes, "pending", NOW, NOW.plusSeconds(3600), null);
    uploads.put(id, upload);
    return upload;
  }

  @Override
  public synchronized Upload.Part addPart(Access access, String uploadId, InputStream content) {
    found(uploads, "upload", uploadId);
    String id = "part_" + ids.incrementAndGet();
    parts.put(id, bytes(content));
    return new Upload.Part(id, uploadId, NOW);
  }

  @Override
  public synchronized Upload completeUpload(
      Access access, String uploadId, List<String> partIds, String md5) {
    Upload upload = found(uploads, "upload", uploadId);
    var whole = new java.io.ByteArrayOutputStream();
    partIds.forEach(id -> whole.writeBytes(found(parts, "part", id)));
    if (whole.size() != upload.bytes()) {
      throw new RefusedException(
          RefusedException.Reason.INVALID, "size_mismatch", "The parts have another size.");
    }
    StoredFile file =
        store(
            null, upload.filename(), upload.purpose(), upload.mediaType(), whole.toByteArray(), 1);
    return ended(upload, "completed", file);
  }

  @Override
  public synchronized Upload cancelUpload(Access access, String uploadId) {
    return ended(found(uploads, "upload", uploadId), "cancelled", null);
  }

  private Upload ended(Upload upload, String status, StoredFile file) {
    Upload ended =
        new Upload(
            upload.id(),
            upload.filename(),
            upload.purpose(),
            upload.mediaType(),
            upload.bytes(),
            status,
            upload.createdAt(),
            upload.expiresAt(),
            file);
    uploads.put(upload.id(), ended);
    return ended;
  }

  @Override
  public synchronized DocumentCollection createCollection(
      Access access, DocumentCollection.Draft draft) {
    String id = "vs_" + ids.incrementAndGet();
    collections.put(
        id,
        new DocumentCollection(
            id,
            or(draft.name(), ""),
            or(draft.description(), ""),
            or(draft.metadata(), Map.of()),
            draft.chunking(),
            draft.expiresAfterDays(),
            NOW,
            NOW,
            new DocumentCollection.Counts(0, 0, 0, 0),
            0));
    documents.put(id, new LinkedHashMap<>());
    return collection(access, id);
  }

  @Override
  public synchronized void checkCollection(Access access, String collectionId) {
    found(collections, "vector store", collectionId);
  }

  @Override
  public Calibration calibration(Access access, String collectionId, Integer build) {
    checkCollection(access, collectionId);
    return null;
  }

  @Override
  public void calibrate(
      Access access, String collectionId, Integer build, Calibration calibration) {
    checkCollection(access, collectionId);
  }

  @Override
  public synchronized List<String> collectionIds(Access access, String name, int limit) {
    return collections.values().stream()
        .filter(one -> name == null || name.equals(one.name()))
        .map(DocumentCollection::id)
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized DocumentCollection collection(Access access, String collectionId) {
    DocumentCollection one = found(collections, "vector store", collectionId);
    List<Document> in = List.copyOf(documents.get(collectionId).values());
    return new DocumentCollection(
        one.id(),
        one.name(),
        one.description(),
        one.metadata(),
        one.chunking(),
        one.expiresAfterDays(),
        one.createdAt(),
        one.lastActiveAt(),
        counts(in),
        in.stream().mapToLong(Document::usageBytes).sum());
  }

  private static DocumentCollection.Counts counts(List<Document> in) {
    Function<DocumentStatus, Integer> count =
        status -> (int) in.stream().filter(d -> d.status() == status).count();
    return new DocumentCollection.Counts(
        count.apply(DocumentStatus.IN_PROGRESS),
        count.apply(DocumentStatus.COMPLETED),
        count.apply(DocumentStatus.FAILED),
        count.apply(DocumentStatus.CANCELLED));
  }

  @Override
  public synchronized Page<DocumentCollection> collections(Access access, Cursor cursor) {
    return page(
        collections.keySet().stream().map(id -> collection(access, id)).toList(),
        DocumentCollection::id,
        cursor);
  }

  @Override
  public synchronized DocumentCollection updateCollection(
      Access access, String collectionId, DocumentCollection.Draft draft) {
    DocumentCollection one = collection(access, collectionId);
    collections.put(
        collectionId,
        new DocumentCollection(
            one.id(),
            or(draft.name(), one.name()),
            or(draft.description(), one.description()),
            or(draft.metadata(), one.metadata()),
            one.chunking(),
            or(draft.expiresAfterDays(), one.expiresAfterDays()),
            one.createdAt(),
            one.lastActiveAt(),
            one.counts(),
            one.usageBytes()));
    return collection(access, collectionId);
  }

  @Override
  public synchronized Receipt deleteCollection(
      Access access, String collectionId, Consumer<Receipt> with) {
    collection(access, collectionId);
    collections.remove(collectionId);
    documents.remove(collectionId);
    return receipt("collection " + collectionId, with);
  }

  @Override
  public synchronized Document addDocument(
      Access access, String collectionId, Document.Draft draft, Consumer<ReadersChange> changed) {
    collection(access, collectionId);
    StoredFile file = file(access, draft.fileId());
    Document document =
        document(
            collectionId,
            file,
            draft.attributes() == null ? java.util.Map.of() : draft.attributes(),
            draft.readers() == null ? java.util.Set.of() : draft.readers(),
            draft.chunking());
    documents.get(collectionId).put(file.id(), document);
    return document;
  }

  private Document document(
      String collection,
      StoredFile file,
      Map<String, Object> attributes,
      Set<String> readers,
      Chunking chunking) {
    return new Document(
        7,
        collection,
        file.id(),
        file.filename(),
        1,
        nextStatus,
        nextFailure,
        attributes,
        readers,
        chunking,
        null,
        file.mediaType(),
        "en",
        1,
        1,
        file.bytes(),
        List.of(),
        null,
        NOW,
        NOW);
  }

  @Override
  public synchronized Document document(Access access, String collectionId, String fileId) {
    collection(access, collectionId);
    return found(documents.get(collectionId), "file", fileId);
  }

  @Override
  public synchronized Page<Document> documents(
      Access access, String collectionId, DocumentStatus status, Cursor cursor) {
    collection(access, collectionId);
    return page(
        documents.get(collectionId).values().stream()
            .filter(one -> status == null || one.status() == status)
            .toList(),
        Document::fileId,
        cursor);
  }

  @Override
  public synchronized Document updateDocument(
      Access access,
      String collectionId,
      String fileId,
      Map<String, Object> attributes,
      Set<String> readers,
      Consumer<ReadersChange> changed) {
    Document one = document(access, collectionId, fileId);
    Document after =
        document(
            collectionId,
            file(access, fileId),
            or(attributes, one.attributes()),
            or(readers, one.readers()),
            one.chunking());
    documents.get(collectionId).put(fileId, after);
    return after;
  }

  @Override
  public synchronized Page<Hit> chunks(
      Access access, String collectionId, String fileId, Integer build, int offset, int limit) {
    Document one = document(access, collectionId, fileId);
    return new Page<>(offset > 0 ? List.of() : List.of(hit(one, text(access, fileId, 0))), false);
  }

  @Override
  public synchronized Surroundings around(
      Access access, String collectionId, long chunkId, int neighbours) {
    collection(access, collectionId);
    throw new NotFoundException("chunk", Long.toString(chunkId));
  }

  public static Hit hit(Document document, String text) {
    Source source =
        new Source(
            document.collectionId(),
            document.fileId(),
            document.filename(),
            1,
            "A title",
            List.of("Chapter", "Section"),
            2,
            2,
            List.of(new Box(2, 10, 20, 30, 40)),
            new Span(0, text.length()));
    return new Hit(
        11, document.id(), source, text, 5, document.attributes(), 0.75, List.of(), null);
  }

  @Override
  public synchronized Receipt deleteDocument(
      Access access, String collectionId, String fileId, Consumer<Receipt> with) {
    document(access, collectionId, fileId);
    documents.get(collectionId).remove(fileId);
    return receipt("document " + fileId, with);
  }

  @Override
  public synchronized Document cancelDocument(Access access, String collectionId, String fileId) {
    return document(access, collectionId, fileId);
  }

  @Override
  public synchronized Document retryDocument(Access access, String collectionId, String fileId) {
    return document(access, collectionId, fileId);
  }

  @Override
  public synchronized FileBatch addBatch(
      Access access,
      String collectionId,
      List<Document.Draft> drafts,
      Consumer<ReadersChange> changed) {
    drafts.forEach(draft -> addDocument(access, collectionId, draft));
    String id = "vsfb_" + ids.incrementAndGet();
    batches.put(id, drafts.stream().map(Document.Draft::fileId).toList());
    batchViews.put(
        id,
        new FileBatch(
            id, collectionId, false, counts(batchDocuments(access, collectionId, id)), NOW));
    return batchViews.get(id);
  }

  private List<Document> batchDocuments(Access access, String collectionId, String batchId) {
    return batches.get(batchId).stream().map(id -> document(access, collectionId, id)).toList();
  }

  @Override
  public synchronized FileBatch batch(Access access, String collectionId, String batchId) {
    return found(batchViews, "batch", batchId);
  }

  @Override
  public synchronized Page<Document> batchDocuments(
      Access access, String collectionId, String batchId, DocumentStatus status, Cursor cursor) {
    batch(access, collectionId, batchId);
    return page(batchDocuments(access, collectionId, batchId), Document::fileId, cursor);
  }

  @Override
  public synchronized FileBatch cancelBatch(Access access, String collectionId, String batchId) {
    FileBatch one = batch(access, collectionId, batchId);
    return new FileBatch(one.id(), collectionId, true, one.counts(), one.createdAt());
  }

  private Receipt receipt(String subject, Consumer<Receipt> with) {
    String id = "del_" + ids.incrementAndGet();
    receipts.put(
        id, new Receipt(id, subject, "key", NOW, Map.of("chunks", 3L, "index_entries", 3L), true));
    with.accept(receipts.get(id));
    return receipts.get(id);
  }

  @Override
  public synchronized Receipt receipt(Access access, String receiptId) {
    return found(receipts, "receipt", receiptId);
  }

  @Override
  public synchronized Page<Receipt> receipts(Access access, Cursor cursor) {
    return page(List.copyOf(receipts.values()), Receipt::id, cursor);
  }

  @Override
  public long headSeq() {
    return 1;
  }

  private static <T> Page<T> page(List<T> all, Function<T, String> id, Cursor cursor) {
    List<T> items = new ArrayList<>(all);
    if (!cursor.ascending()) {
      Collections.reverse(items);
    }
    List<String> known = items.stream().map(id).toList();
    int from = cursor.after() == null ? 0 : known.indexOf(cursor.after()) + 1;
    int to = Math.min(items.size(), from + cursor.limit());
    return new Page<>(items.subList(from, to), to < items.size());
  }

  private static <T> T found(Map<String, T> all, String kind, String id) {
    T one = all.get(id);
    if (one == null) {
      throw new NotFoundException(kind, id);
    }
    return one;
  }

  private static <T> T or(T value, T otherwise) {
    return value == null ? otherwise : value;
  }

  private static byte[] bytes(InputStream content) {
    try {
      return content.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
