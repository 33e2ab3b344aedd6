package engram.retrieval.library;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.DynamicUpdate;
import org.jspecify.annotations.Nullable;

/// A row of `file_batches`.
@Entity
@DynamicUpdate
@Table(name = "file_batches")
@SuppressWarnings("NullAway.Init")
class BatchEntity {
  @Id String id;

  @Column(name = "tenant_id", updatable = false)
  UUID tenantId;

  @Column(name = "collection_id", updatable = false)
  String collectionId;

  @Column(name = "cancelled_at")
  @Nullable Instant cancelledAt;

  @Column(name = "created_by", updatable = false)
  String createdBy;

  @Column(name = "created_at", updatable = false)
  Instant createdAt;
}
