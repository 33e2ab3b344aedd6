package engram.retrieval.library;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/// A row of `file_versions`: what a file was, and was called, at a version. The last ones are kept,
/// since citations of older answers point into them.
@Entity
@Immutable
@Table(name = "file_versions")
@IdClass(FileVersionEntity.Key.class)
@SuppressWarnings("NullAway.Init")
class FileVersionEntity {
  record Key(String fileId, int version) implements Serializable {}

  @Id
  @Column(name = "file_id")
  String fileId;

  @Id int version;

  @Column(name = "tenant_id")
  UUID tenantId;

  String sha256;
  long bytes;

  /// Null of versions older than this column.
  @Nullable String filename;

  @Column(name = "media_type")
  @Nullable String mediaType;

  @Column(name = "created_by")
  String createdBy;

  @Column(name = "created_at")
  Instant createdAt;
}
