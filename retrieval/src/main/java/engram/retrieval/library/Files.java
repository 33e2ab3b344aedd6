package engram.retrieval.library;

import static engram.retrieval.RefusedException.Reason.CONFLICT;

import engram.retrieval.Access;
import engram.retrieval.Library.Original;
import engram.retrieval.Library.Put;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import engram.retrieval.Page.Cursor;
import engram.retrieval.RefusedException;
import engram.retrieval.StoredFile;
import engram.retrieval.library.BlobStore.Received;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Originals and their versions.
final class Files {
  private static final int KEY_CHARS = 512;
  private static final int PURPOSE_CHARS = 64;
  private static final int MEDIA_TYPE_CHARS = 255;

  private final Store store;
  private final BlobStore disk;
  private final Blobs blobs;
  private final Permissions permissions;
  private final IngestJobs jobs;
  private final long bytesMax;

  Files(
      Store store,
      BlobStore disk,
      Blobs blobs,
      Permissions permissions,
      IngestJobs jobs,
      long bytesMax) {
    this.store = store;
    this.disk = disk;
    this.blobs = blobs;
    this.permissions = permissions;
    this.jobs = jobs;
    this.bytesMax = bytesMax;
  }

  StoredFile add(
      Access access,
      String filename,
      String purpose,
      @Nullable String mediaType,
      @Nullable Duration expiresAfter,
      InputStream content) {
    String checkedPurpose = Limits.required("purpose", purpose, PURPOSE_CHARS);
    try (Received received = disk.receive(content, bytesMax)) {
      return store
          .transactions()
          .inTenant(
              access.tenant(),
              () ->
                  create(access, null, filename, checkedPurpose, mediaType, expiresAfter, received)
                      .shown());
    }
  }

  Put put(
      Access access, String key, String filename, @Nullable String mediaType, InputStream content) {
    Original original = new Original(key(key), filename, mediaType);
    try (Received received = receive(content)) {
      return store
          .transactions()
          .inTenant(
              access.tenant(),
              () -> {
                lockKey(access, original.key());
                return putReceived(access, original, received);
              });
    }
  }

  /// As it is stored, and so as it is looked for.
  static String key(String raw) {
    return Limits.required("key", raw, KEY_CHARS);
  }

  Received receive(InputStream content) {
    return disk.receive(content, bytesMax);
  }

  /// Two writers of a new key have no row to lock yet.
  void lockKey(Access access, String key) {
    store.lock("file key", access.tenant() + "/" + key);
  }

  /// In a transaction that holds the key.
  Put putReceived(Access access, Original original, Received received) {
    String key = original.key();
    Optional<String> present =
        store
            .sql()
            // Not "for update": that would also stop whoever only relies on the file's being there.
            .sql("select id from files where key = :key for no key update")
            .param("key", key)
            .query(String.class)
            .optional();
    if (present.isEmpty()) {
      FileEntity file =
          create(
              access, key, original.filename(), "assistants", original.mediaType(), null, received);
      return new Put(file.shown(), true, true);
    }
    FileEntity file = store.entities().find(FileEntity.class, present.get());
    if (!permissions.sees(access, file)) {
      throw new RefusedException(
          CONFLICT,
          "key_taken",
          "The key '" + key + "' belongs to a file that this key cannot see.");
    }
    if (file.sha256.equals(received.sha256())) {
      return new Put(file.shown(), false, false);
    }
    permissions.checkSeesAllDocuments(access, file.id);
    addVersion(access, file, original.filename(), original.mediaType(), received);
    return new Put(file.shown(), false, true);
  }

  /// In a transaction; `received` is kept by it.
  FileEntity create(
      Access access,
      @Nullable String key,
      String filename,
      String purpose,
      @Nullable String mediaType,
      @Nullable Duration expiresAfter,
      Received received) {
    blobs.keep(access.tenant(), received);
    FileEntity file = new FileEntity();
    file.id = Rows.id("file-");
    file.tenantId = access.tenant();
    file.key = key;
    file.filename = Limits.filename(filename);
    file.purpose = purpose;
    file.mediaType = mediaType(mediaType);
    file.version = 1;
    file.sha256 = received.sha256();
    file.bytes = received.bytes();
    file.createdBy = access.actor();
    file.createdAt = store.now();
    file.expiresAt = expiresAfter == null ? null : file.createdAt.plus(expiresAfter);
    store.insert(file);
    store.insert(file.versionRow(access.actor(), file.createdAt));
    return file;
  }

  private void addVersion(
      Access access,
      FileEntity file,
      String filename,
      @Nullable String mediaType,
      Received received) {
    blobs.keep(access.tenant(), received);
    file.version++;
    file.filename = Limits.filename(filename);
    file.mediaType = mediaType(mediaType);
    file.sha256 = received.sha256();
    file.bytes = received.bytes();
    store.insert(file.versionRow(access.actor(), store.now()));
    List<Long> documents =
        store
            .sql()
            .sql("select id from documents where file_id = :file order by id for update")
            .param("file", file.id)
            .query(Long.class)
            .list();
    for (Long id : documents) {
      store.entities().find(DocumentEntity.class, id).queued(store.now());
      jobs.enqueue(id);
    }
    store.entities().flush();
  }

  private static @Nullable String mediaType(@Nullable String mediaType) {
    return mediaType == null || mediaType.isBlank()
        ? null
        : Limits.text("media type", mediaType, MEDIA_TYPE_CHARS);
  }

  StoredFile get(Access access, String fileId) {
    return store
        .transactions()
        .readInTenant(access.tenant(), () -> visible(access, fileId).shown());
  }

  StoredFile getByKey(Access access, String rawKey) {
    String key = key(rawKey);
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () -> {
              String id =
                  store
                      .sql()
                      .sql("select id from files where key = :key")
                      .param("key", key)
                      .query(String.class)
                      .optional()
                      .orElseThrow(() -> new NotFoundException("file", key));
              FileEntity file = store.entities().find(FileEntity.class, id);
              if (file == null || !permissions.sees(access, file)) {
                throw new NotFoundException("file", key);
              }
              return file.shown();
            });
  }

  /// In a transaction.
  FileEntity visible(Access access, String fileId) {
    FileEntity file = store.entities().find(FileEntity.class, fileId);
    if (file == null || !permissions.sees(access, file)) {
      throw new NotFoundException("file", fileId);
    }
    return file;
  }

  Path content(Access access, String fileId) {
    return disk.path(access.tenant(), get(access, fileId).sha256());
  }

  String text(Access access, String fileId, int version) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () -> {
              FileEntity file = visible(access, fileId);
              FileVersionEntity wanted = version(file, version == 0 ? file.version : version);
              return store
                  .sql()
                  .sql(
                      """
                      select text from extractions where sha256 = :sha256
                      order by type_hint = :hint desc, parser_version desc limit 1
                      """)
                  .param("sha256", wanted.sha256)
                  .param(
                      "hint",
                      wanted.filename == null
                          ? TypeHint.of(file.filename, file.mediaType)
                          : TypeHint.of(wanted.filename, wanted.mediaType))
                  .query(String.class)
                  .optional()
                  .orElseThrow(() -> new NotFoundException("text of file", fileId));
            });
  }

  private FileVersionEntity version(FileEntity file, int version) {
    FileVersionEntity row =
        store.entities().find(FileVersionEntity.class, new FileVersionEntity.Key(file.id, version));
    if (row == null) {
      throw new NotFoundException("text of file", file.id);
    }
    return row;
  }

  boolean sees(Access access, Set<String> fileIds) {
    return store.transactions().readInTenant(access.tenant(), () -> seesAll(access, fileIds));
  }

  /// In a transaction that goes on to keep what quotes the files.
  boolean hold(Access access, Set<String> fileIds) {
    store
        .sql()
        .sql("select id from files where id = any(:ids::text[]) order by id for key share")
        .param("ids", fileIds.toArray(String[]::new))
        .query(String.class)
        .list();
    return seesAll(access, fileIds);
  }

  private boolean seesAll(Access access, Set<String> fileIds) {
    List<FileEntity> found = store.inOrder(FileEntity.class, List.copyOf(fileIds), file -> file.id);
    return found.size() == fileIds.size()
        && permissions.visible(access, found).size() == fileIds.size();
  }

  Page<StoredFile> list(Access access, @Nullable String purpose, Cursor cursor) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () ->
                Keyset.map(
                    Keyset.page(
                        cursor,
                        id -> place(access, id),
                        round -> read(access, purpose, round),
                        file -> new Keyset.Place(file.createdAt, file.id),
                        files -> seen(access, files)),
                    files -> files.stream().map(FileEntity::shown).toList()));
  }

  private Optional<Keyset.Place> place(Access access, String id) {
    return Optional.ofNullable(store.entities().find(FileEntity.class, id))
        .filter(file -> permissions.sees(access, file))
        .map(file -> new Keyset.Place(file.createdAt, file.id));
  }

  private List<FileEntity> seen(Access access, List<FileEntity> files) {
    Set<String> visible = permissions.visible(access, files);
    return files.stream().filter(file -> visible.contains(file.id)).toList();
  }

  private List<FileEntity> read(Access access, @Nullable String purpose, Keyset.Round round) {
    String sql =
        "select t.id from files t where (:anyPurpose or t.purpose = :purpose)"
            + " and (:unrestricted or t.created_by = :actor or exists"
            + " (select from documents d where d.file_id = t.id"
            + Permissions.MAY_BE_READABLE
            + "))"
            + Keyset.tail(round, "t");
    List<String> ids =
        Permissions.bind(Keyset.bind(store.sql().sql(sql), round), access)
            .param("anyPurpose", purpose == null)
            .param("purpose", purpose == null ? "" : purpose)
            .param("unrestricted", access.isUnrestricted())
            .param("actor", access.actor())
            .query(String.class)
            .list();
    return store.inOrder(FileEntity.class, ids, file -> file.id);
  }
}
