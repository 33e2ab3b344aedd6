package engram.retrieval.library;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;

/// A row of `upload_parts`; its bytes are a blob.
@Entity
@Immutable
@Table(name = "upload_parts")
@SuppressWarnings("NullAway.Init")
class UploadPartEntity {
  @Id String id;

  @Column(name = "tenant_id")
  UUID tenantId;

  @Column(name = "upload_id")
  String uploadId;

  String sha256;
  long bytes;

  @Column(name = "created_at")
  Instant createdAt;
}
