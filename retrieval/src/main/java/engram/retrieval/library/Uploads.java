package engram.retrieval.library;

import static engram.retrieval.RefusedException.Reason.CONFLICT;
import static engram.retrieval.RefusedException.Reason.INVALID;
import static engram.retrieval.RefusedException.Reason.TOO_LARGE;

import engram.retrieval.Access;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import engram.retrieval.StoredFile;
import engram.retrieval.Upload;
import engram.retrieval.library.BlobStore.Received;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Files that arrive in parts. A part is a blob; completing copies them into one.
final class Uploads {
  private final Store store;
  private final BlobStore disk;
  private final Blobs blobs;
  private final engram.retrieval.library.Files files;
  private final Bounds bounds;

  /// @param expiry how long an upload may stay unfinished
  record Bounds(long bytesMax, long partBytesMax, int partsMax, Duration expiry) {}

  Uploads(
      Store store,
      BlobStore disk,
      Blobs blobs,
      engram.retrieval.library.Files files,
      Bounds bounds) {
    this.store = store;
    this.disk = disk;
    this.blobs = blobs;
    this.files = files;
    this.bounds = bounds;
  }

  Upload start(
      Access access,
      String filename,
      String purpose,
      String mediaType,
      long bytes,
      @Nullable Duration fileExpiresAfter) {
    if (bytes < 0) {
      throw new RefusedException(INVALID, "invalid_value", "bytes " + bytes + " < 0.");
    }
    if (bytes > bounds.bytesMax()) {
      throw new RefusedException(
          TOO_LARGE, "file_too_large", "A file has at most " + bounds.bytesMax() + " bytes.");
    }
    UploadEntity upload = new UploadEntity();
    upload.id = Rows.id("upload_");
    upload.tenantId = access.tenant();
    upload.filename = Limits.filename(filename);
    upload.purpose = Limits.required("purpose", purpose, 64);
    upload.mediaType = Limits.text("media type", mediaType, 255);
    upload.bytes = bytes;
    upload.status = "pending";
    upload.createdBy = access.actor();
    upload.createdAt = store.now();
    upload.expiresAt = upload.createdAt.plus(bounds.expiry());
    upload.fileExpiresAfterSeconds = fileExpiresAfter == null ? null : fileExpiresAfter.toSeconds();
    store.transactions().inTenant(access.tenant(), () -> store.insert(upload));
    return shown(upload, null);
  }

  Upload.Part addPart(Access access, String uploadId, InputStream content) {
    store.transactions().readInTenant(access.tenant(), () -> pending(access, uploadId));
    try (Received received = disk.receive(content, bounds.partBytesMax())) {
      return store
          .transactions()
          .inTenant(access.tenant(), () -> addReceived(access, uploadId, received));
    }
  }

  private Upload.Part addReceived(Access access, String uploadId, Received received) {
    UploadEntity upload = lockedPending(access, uploadId);
    List<UploadPartEntity> present = parts(uploadId);
    long bytes = present.stream().mapToLong(part -> part.bytes).sum() + received.bytes();
    if (present.size() >= bounds.partsMax()) {
      throw new RefusedException(
          INVALID, "too_many_parts", "An upload has at most " + bounds.partsMax() + " parts.");
    }
    // A part that was sent again may stand beside its first try, but not without end.
    if (bytes > Math.max(bounds.bytesMax(), upload.bytes)) {
      throw new RefusedException(
          TOO_LARGE,
          "file_too_large",
          "The parts are larger than " + bounds.bytesMax() + " bytes.");
    }
    blobs.keep(access.tenant(), received);
    UploadPartEntity part = new UploadPartEntity();
    part.id = Rows.id("part_");
    part.tenantId = access.tenant();
    part.uploadId = uploadId;
    part.sha256 = received.sha256();
    part.bytes = received.bytes();
    part.createdAt = store.now();
    store.insert(part);
    return new Upload.Part(part.id, uploadId, part.createdAt);
  }

  Upload complete(Access access, String uploadId, List<String> partIds, @Nullable String md5) {
    Optional<Upload> done =
        store.transactions().readInTenant(access.tenant(), () -> completed(access, uploadId));
    if (done.isPresent()) {
      return done.get();
    }
    List<UploadPartEntity> parts =
        store
            .transactions()
            .readInTenant(access.tenant(), () -> ordered(access, uploadId, partIds));
    List<String> addresses = new ArrayList<>();
    Upload completed;
    try (Received whole = join(access.tenant(), parts, md5)) {
      completed =
          store
              .transactions()
              .inTenant(access.tenant(), () -> finish(access, uploadId, whole, addresses));
    }
    blobs.collect(access.tenant(), addresses);
    return completed;
  }

  /// Completing twice is completing once: the reply to the first may have been lost.
  private Optional<Upload> completed(Access access, String uploadId) {
    UploadEntity upload = visible(access, uploadId);
    if (!upload.status.equals("completed") || upload.fileId == null) {
      return Optional.empty();
    }
    return Optional.of(shown(upload, files.visible(access, upload.fileId).shown()));
  }

  private List<UploadPartEntity> ordered(Access access, String uploadId, List<String> partIds) {
    UploadEntity upload = pending(access, uploadId);
    Map<String, UploadPartEntity> byId = new HashMap<>();
    parts(uploadId).forEach(part -> byId.put(part.id, part));
    if (partIds.isEmpty() || new HashSet<>(partIds).size() != partIds.size()) {
      throw new RefusedException(
          INVALID, "invalid_parts", "Name the parts in order, each once and at least one.");
    }
    List<UploadPartEntity> ordered = new ArrayList<>();
    long bytes = 0;
    for (String id : partIds) {
      UploadPartEntity part = byId.get(id);
      if (part == null) {
        throw new NotFoundException("part", id);
      }
      ordered.add(part);
      bytes += part.bytes;
    }
    if (bytes != upload.bytes) {
      throw new RefusedException(
          INVALID,
          "size_mismatch",
          "The parts have " + bytes + " bytes, but " + upload.bytes + " were announced.");
    }
    return ordered;
  }

  /// Outside of a transaction: copying hundreds of megabytes must not hold locks.
  private Received join(UUID tenant, List<UploadPartEntity> parts, @Nullable String md5) {
    MessageDigest digest = BlobStore.digest("MD5");
    Iterator<InputStream> streams =
        parts.stream().map(part -> open(disk.path(tenant, part.sha256))).iterator();
    Received whole;
    try (InputStream content = new JoinedStream(streams)) {
      whole = disk.receive(content, bounds.bytesMax(), digest);
    } catch (IOException e) {
      throw new UncheckedIOException("The parts could not be joined", e);
    }
    String actual = HexFormat.of().formatHex(digest.digest());
    if (md5 != null && !md5.toLowerCase(Locale.ROOT).equals(actual)) {
      whole.close();
      throw new RefusedException(
          INVALID,
          "checksum_mismatch",
          "The joined parts have the MD5 " + actual + ", not " + Limits.text("md5", md5, 64) + ".");
    }
    return whole;
  }

  private static InputStream open(Path path) {
    try {
      return Files.newInputStream(path);
    } catch (IOException e) {
      throw new RefusedException(
          CONFLICT, "upload_not_pending", "The upload was cancelled or completed meanwhile.");
    }
  }

  private Upload finish(Access access, String uploadId, Received whole, List<String> addresses) {
    UploadEntity upload = lockedPending(access, uploadId);
    Long seconds = upload.fileExpiresAfterSeconds;
    FileEntity file =
        files.create(
            access,
            null,
            upload.filename,
            upload.purpose,
            upload.mediaType,
            seconds == null ? null : Duration.ofSeconds(seconds),
            whole);
    upload.status = "completed";
    upload.fileId = file.id;
    addresses.addAll(dropParts(uploadId));
    store.entities().flush();
    return shown(upload, file.shown());
  }

  Upload cancel(Access access, String uploadId) {
    List<String> addresses = new ArrayList<>();
    Upload cancelled =
        store
            .transactions()
            .inTenant(
                access.tenant(),
                () -> {
                  UploadEntity upload = locked(access, uploadId);
                  if (upload.status.equals("completed")) {
                    throw notPending(upload);
                  }
                  upload.status = upload.status.equals("pending") ? "cancelled" : upload.status;
                  addresses.addAll(dropParts(uploadId));
                  store.entities().flush();
                  return shown(upload, null);
                });
    blobs.collect(access.tenant(), addresses);
    return cancelled;
  }

  /// Ends uploads whose time is over and removes their parts.
  void expire(UUID tenant) {
    List<String> addresses =
        store
            .transactions()
            .inTenant(
                tenant,
                () ->
                    store
                        .sql()
                        .sql(
                            """
                            with over as (
                              update uploads set status = 'expired'
                              where status = 'pending' and expires_at < :now returning id)
                            delete from upload_parts p using over where p.upload_id = over.id
                            returning p.sha256
                            """)
                        .param("now", java.sql.Timestamp.from(store.now()))
                        .query(String.class)
                        .list());
    blobs.collect(tenant, addresses);
  }

  private List<String> dropParts(String uploadId) {
    return store
        .sql()
        .sql("delete from upload_parts where upload_id = :upload returning sha256")
        .param("upload", uploadId)
        .query(String.class)
        .list();
  }

  private List<UploadPartEntity> parts(String uploadId) {
    return store
        .entities()
        .createQuery(
            "select p from UploadPartEntity p where p.uploadId = :upload", UploadPartEntity.class)
        .setParameter("upload", uploadId)
        .getResultList();
  }

  private UploadEntity lockedPending(Access access, String uploadId) {
    locked(access, uploadId);
    return pending(access, uploadId);
  }

  private UploadEntity locked(Access access, String uploadId) {
    store
        .sql()
        .sql("select id from uploads where id = :id for update")
        .param("id", uploadId)
        .query(String.class)
        .optional();
    return visible(access, uploadId);
  }

  private UploadEntity pending(Access access, String uploadId) {
    UploadEntity upload = visible(access, uploadId);
    if (!upload.status.equals("pending")) {
      throw notPending(upload);
    }
    if (upload.expiresAt.isBefore(store.now())) {
      throw new RefusedException(
          CONFLICT, "upload_expired", "The upload expired at " + upload.expiresAt + ".");
    }
    return upload;
  }

  private UploadEntity visible(Access access, String uploadId) {
    UploadEntity upload = store.entities().find(UploadEntity.class, uploadId);
    if (upload == null || !(upload.createdBy.equals(access.actor()) || access.isUnrestricted())) {
      throw new NotFoundException("upload", uploadId);
    }
    return upload;
  }

  private static RefusedException notPending(UploadEntity upload) {
    return new RefusedException(
        CONFLICT, "upload_not_pending", "The upload is " + upload.status + ", not pending.");
  }

  private static Upload shown(UploadEntity upload, @Nullable StoredFile file) {
    return new Upload(
        upload.id,
        upload.filename,
        upload.purpose,
        upload.mediaType,
        upload.bytes,
        upload.status,
        upload.createdAt,
        upload.expiresAt,
        file);
  }
}
