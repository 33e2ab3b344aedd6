package engram.retrieval.library;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.DynamicUpdate;
import org.jspecify.annotations.Nullable;

/// A row of `uploads`.
@Entity
@DynamicUpdate
@Table(name = "uploads")
@SuppressWarnings("NullAway.Init")
class UploadEntity {
  @Id String id;

  @Column(name = "tenant_id", updatable = false)
  UUID tenantId;

  String filename;
  String purpose;

  @Column(name = "media_type")
  String mediaType;

  long bytes;
  String status;

  @Column(name = "file_id")
  @Nullable String fileId;

  @Column(name = "created_by", updatable = false)
  String createdBy;

  @Column(name = "created_at", updatable = false)
  Instant createdAt;

  @Column(name = "file_expires_after_seconds", updatable = false)
  @Nullable Long fileExpiresAfterSeconds;

  @Column(name = "expires_at")
  Instant expiresAt;
}
