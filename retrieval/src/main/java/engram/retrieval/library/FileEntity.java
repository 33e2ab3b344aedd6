package engram.retrieval.library;

import engram.retrieval.StoredFile;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.DynamicUpdate;
import org.jspecify.annotations.Nullable;

/// A row of `files`: the present version of an original.
@Entity
@DynamicUpdate
@Table(name = "files")
@SuppressWarnings("NullAway.Init")
class FileEntity {
  @Id String id;

  @Column(name = "tenant_id", updatable = false)
  UUID tenantId;

  @Column(updatable = false)
  @Nullable String key;

  String filename;
  String purpose;

  @Column(name = "media_type")
  @Nullable String mediaType;

  int version;
  String sha256;
  long bytes;

  @Column(name = "created_by", updatable = false)
  String createdBy;

  @Column(name = "created_at", updatable = false)
  Instant createdAt;

  @Column(name = "expires_at")
  @Nullable Instant expiresAt;

  StoredFile shown() {
    return new StoredFile(
        id, key, filename, purpose, mediaType, version, sha256, bytes, createdBy, createdAt,
        expiresAt);
  }

  FileVersionEntity versionRow(String by, Instant at) {
    FileVersionEntity row = new FileVersionEntity();
    row.fileId = id;
    row.version = version;
    row.tenantId = tenantId;
    row.sha256 = sha256;
    row.bytes = bytes;
    row.filename = filename;
    row.mediaType = mediaType;
    row.createdBy = by;
    row.createdAt = at;
    return row;
  }
}
