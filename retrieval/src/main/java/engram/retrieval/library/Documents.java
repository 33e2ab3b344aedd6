package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.Library;
import engram.retrieval.Library.Original;
import engram.retrieval.Library.PutDocument;
import engram.retrieval.NotFoundException;
import engram.retrieval.ReadersChange;
import engram.retrieval.RefusedException;
import engram.retrieval.library.BlobStore.Received;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import tools.jackson.databind.json.JsonMapper;

/// Changes of the files in collections; [DocumentQueries] reads them.
final class Documents {
  private final Store store;
  private final Files files;
  private final DocumentViews views;
  private final IngestJobs jobs;
  private final Outbox outbox;

  Documents(Store store, Files files, DocumentViews views, IngestJobs jobs, Outbox outbox) {
    this.store = store;
    this.files = files;
    this.views = views;
    this.jobs = jobs;
    this.outbox = outbox;
  }

  Document add(
      Access access, String collectionId, Document.Draft draft, Consumer<ReadersChange> changed) {
    Document.Draft checked = checked(draft);
    return store
        .transactions()
        .inTenant(
            access.tenant(),
            () -> {
              lockCollection(access, collectionId);
              DocumentEntity document = put(access, collectionId, checked, changed).document();
              return views.shown(document, views.appliedSeq());
            });
  }

  /// What is refused is refused in the transaction that would store the file too.
  ///
  /// @param described its file id is not looked at
  PutDocument put(
      Access access,
      String collectionId,
      Original original,
      Document.Draft described,
      InputStream content,
      Consumer<ReadersChange> changed) {
    Original keyed =
        new Original(Files.key(original.key()), original.filename(), original.mediaType());
    Document.Draft checked = checked(described);
    try (Received received = files.receive(content)) {
      return store
          .transactions()
          .inTenant(
              access.tenant(),
              () -> {
                files.lockKey(access, keyed.key());
                lockCollection(access, collectionId);
                Library.Put file = files.putReceived(access, keyed, received);
                Placed placed = put(access, collectionId, checked.of(file.file().id()), changed);
                return new PutDocument(
                    views.shown(placed.document(), views.appliedSeq()),
                    placed.created(),
                    file.changed() || placed.described());
              });
    }
  }

  static Document.Draft checked(Document.Draft draft) {
    Map<String, Object> given = draft.attributes();
    Set<String> named = draft.readers();
    Map<String, Object> attributes = given == null ? null : Limits.attributes(given);
    Set<String> readers = named == null ? null : Limits.readers(named);
    return new Document.Draft(
        draft.fileId(), attributes, readers, draft.chunking(), draft.collectionsChunking());
  }

  /// Keeps a collection from being deleted until the transaction ends.
  void lockCollection(Access access, String collectionId) {
    Permissions.checkUsable(access, collectionId);
    store.lockRow(
        "collection", "select id from collections where id = :id for key share", collectionId);
  }

  /// @param created whether the collection did not hold it before
  /// @param described whether its attributes or readers are other than before
  record Placed(DocumentEntity document, boolean created, boolean described) {}

  /// In a transaction that holds the collection; the draft is checked.
  Placed put(
      Access access, String collectionId, Document.Draft draft, Consumer<ReadersChange> changed) {
    store.lockRow("file", "select id from files where id = :id for key share", draft.fileId());
    FileEntity file = files.visible(access, draft.fileId());
    Map<String, Object> attributes = draft.attributes();
    Set<String> readers = draft.readers();
    Optional<Long> inserted = insert(access, collectionId, draft);
    if (inserted.isPresent()) {
      Permissions.checkMayWrite(
          access, readers == null ? Set.of() : readers, attributes == null ? Map.of() : attributes);
      jobs.enqueue(inserted.get());
      return new Placed(store.entities().find(DocumentEntity.class, inserted.get()), true, true);
    }
    DocumentEntity document = locked(collectionId, draft.fileId()).orElseThrow();
    if (!Permissions.mayRead(access, document)) {
      throw new RefusedException(
          RefusedException.Reason.FORBIDDEN,
          "outside_permission",
          "The file is in this collection under permissions that this key does not have.");
    }
    // The lock may have waited for one who changed the file, after it was read here.
    store.entities().refresh(file);
    boolean recut = draft.chunking() != null || draft.collectionsChunking();
    boolean cutAnew = recut && !Objects.equals(document.chunking(), draft.chunking());
    if (cutAnew) {
      document.chunking(draft.chunking());
    }
    boolean stopped = document.status.equals("failed") || document.status.equals("cancelled");
    boolean stale = document.status.equals("completed") && document.version < file.version;
    if (cutAnew || stopped || stale) {
      document.queued(store.now());
      store.entities().flush();
      jobs.enqueue(document.id);
    }
    Map<String, Object> described = attributes == null ? document.attributes : attributes;
    Set<String> readable = readers == null ? Set.of(document.readers) : readers;
    Permissions.checkMayWrite(access, readable, described);
    return new Placed(document, false, describe(document, described, readable, changed));
  }

  private Optional<Long> insert(Access access, String collectionId, Document.Draft draft) {
    ChunkingColumns chunking = ChunkingColumns.of(draft.chunking());
    return store
        .sql()
        .sql(
            """
            insert into documents (tenant_id, collection_id, file_id, status, attributes, readers,
              chunk_strategy, max_chunk_tokens, chunk_overlap_tokens, chunk_window, chunk_stride,
              chunk_context, created_by, created_at, updated_at)
            values (:tenant, :collection, :file, 'in_progress', :attributes::jsonb,
              :readers::text[], :strategy::text, :maxTokens::int, :overlapTokens::int,
              :window::int, :stride::int, :context::text, :actor, :now, :now)
            on conflict (collection_id, file_id) do nothing returning id
            """)
        .param("tenant", access.tenant())
        .param("collection", collectionId)
        .param("file", draft.fileId())
        .param(
            "attributes",
            JsonMapper.shared()
                .writeValueAsString(draft.attributes() == null ? Map.of() : draft.attributes()))
        .param("readers", sorted(draft.readers()))
        .param("strategy", chunking.strategy())
        .param("maxTokens", chunking.maxTokens())
        .param("overlapTokens", chunking.overlapTokens())
        .param("window", chunking.window())
        .param("stride", chunking.stride())
        .param("context", chunking.context())
        .param("actor", access.actor())
        .param("now", java.sql.Timestamp.from(store.now()))
        .query(Long.class)
        .optional();
  }

  private static String[] sorted(@Nullable Set<String> readers) {
    return readers == null ? new String[0] : readers.stream().sorted().toArray(String[]::new);
  }

  private Optional<DocumentEntity> locked(String collectionId, String fileId) {
    return locked(
        store
            .sql()
            .sql(
                "select id from documents where collection_id = :collection and file_id = :file"
                    + " for update")
            .param("collection", collectionId)
            .param("file", fileId));
  }

  private Optional<DocumentEntity> locked(StatementSpec select) {
    return select
        .query(Long.class)
        .optional()
        .map(id -> {
          DocumentEntity document = store.entities().find(DocumentEntity.class, id);
          store.entities().refresh(document);
          return document;
        });
  }

  /// Last in the transaction: it may take the head of the outbox.
  ///
  /// @return whether anything changed
  private boolean describe(
      DocumentEntity document,
      Map<String, Object> attributes,
      Set<String> readers,
      Consumer<ReadersChange> changed) {
    Set<String> before = document.readerSet();
    if (same(document.attributes, attributes) && before.equals(readers)) {
      return false;
    }
    if (!before.equals(readers)) {
      document.readers = sorted(readers);
      changed.accept(new ReadersChange(document.collectionId, document.fileId, before, readers));
    }
    document.attributes = attributes;
    document.updatedAt = store.now();
    store.entities().flush();
    outbox.documentChanged(document.id);
    store.entities().refresh(document);
    return true;
  }

  /// Equal as JSON: 1 and 1.0 are one number, and a database gives back either.
  private static boolean same(Map<String, Object> left, Map<String, Object> right) {
    return left.keySet().equals(right.keySet())
        && left.entrySet().stream()
            .allMatch(
                entry -> Objects.equals(plain(entry.getValue()), plain(right.get(entry.getKey()))));
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return value instanceof Number number
        ? new java.math.BigDecimal(number.toString()).stripTrailingZeros()
        : value;
  }

  Document update(
      Access access,
      String collectionId,
      String fileId,
      @Nullable Map<String, Object> attributes,
      @Nullable Set<String> readers,
      Consumer<ReadersChange> changed) {
    Map<String, Object> given = attributes == null ? null : Limits.attributes(attributes);
    Set<String> named = readers == null ? null : Limits.readers(readers);
    return change(
        access,
        named(access, collectionId, fileId),
        document -> {
          // What is not given is what the locked row says, not what somebody read before.
          Map<String, Object> described = given == null ? document.attributes : given;
          Set<String> readable = named == null ? document.readerSet() : named;
          Permissions.checkMayWrite(access, readable, described);
          describe(document, described, readable, changed);
        });
  }

  Document cancel(Access access, String collectionId, String fileId) {
    return change(access, named(access, collectionId, fileId), this::cancel);
  }

  Document cancelJob(Access access, String jobSubject) {
    return change(access, ofJob(access, jobSubject), this::cancel);
  }

  /// In a transaction that locked the document. One that is not on its way stays as it is.
  void cancel(DocumentEntity document) {
    if (document.status.equals("in_progress")) {
      document.status = "cancelled";
      document.updatedAt = store.now();
      store.entities().flush();
    }
    jobs.cancel(document.id);
  }

  Document retry(Access access, String collectionId, String fileId) {
    return change(access, named(access, collectionId, fileId), this::retry);
  }

  Document retryJob(Access access, String jobSubject) {
    return change(access, ofJob(access, jobSubject), this::retry);
  }

  private void retry(DocumentEntity document) {
    if (document.status.equals("completed")) {
      throw new RefusedException(
          RefusedException.Reason.CONFLICT,
          "not_failed",
          "Only a failed or cancelled document can be tried again; this one is completed.");
    }
    if (!document.status.equals("in_progress")) {
      document.queued(store.now());
      store.entities().flush();
    }
    // Nothing where one is queued; where its job was lost there is none.
    jobs.enqueue(document.id);
  }

  private Supplier<DocumentEntity> named(Access access, String collectionId, String fileId) {
    return () -> {
      Permissions.checkUsable(access, collectionId);
      return locked(collectionId, fileId)
          .filter(row -> Permissions.mayRead(access, row))
          .orElseThrow(() -> new NotFoundException("document", fileId));
    };
  }

  private Supplier<DocumentEntity> ofJob(Access access, String jobSubject) {
    return () ->
        locked(
                store
                    .sql()
                    .sql("select id from documents where id = :id::bigint for update")
                    .param("id", jobSubject))
            .filter(row -> Permissions.mayRead(access, row))
            .orElseThrow(() -> new NotFoundException("document", jobSubject));
  }

  /// @param locked finds the document and locks its row
  private Document change(
      Access access, Supplier<DocumentEntity> locked, Consumer<DocumentEntity> change) {
    return store
        .transactions()
        .inTenant(
            access.tenant(),
            () -> {
              DocumentEntity document = locked.get();
              change.accept(document);
              return views.shown(document, views.appliedSeq());
            });
  }
}
