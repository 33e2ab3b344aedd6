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

/// A row of `file_versions`: what a file was at a version. Kept as long as the file, since
/// citations of older answers point into it.
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

  @Column(name = "created_by")
  String createdBy;

  @Column(name = "created_at")
  Instant createdAt;
}
