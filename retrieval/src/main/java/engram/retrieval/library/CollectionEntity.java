package engram.retrieval.library;

import engram.retrieval.Chunking;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// A row of `collections`.
@Entity
@DynamicUpdate
@Table(name = "collections")
@SuppressWarnings("NullAway.Init")
class CollectionEntity {
  @Id String id;

  @Column(name = "tenant_id", updatable = false)
  UUID tenantId;

  String name;
  String description;

  @JdbcTypeCode(SqlTypes.JSON)
  Map<String, String> metadata;

  @Embedded @Nullable ChunkingColumns chunking;

  @Column(name = "expires_after_days")
  @Nullable Integer expiresAfterDays;

  @Column(name = "created_by", updatable = false)
  String createdBy;

  @Column(name = "created_at", updatable = false)
  Instant createdAt;

  // Searches move it by plain SQL; an entity that was read before must not move it back.
  @Column(name = "last_active_at", updatable = false)
  Instant lastActiveAt;

  @Nullable Chunking chunking() {
    return chunking == null ? null : chunking.chunking();
  }

  void chunking(@Nullable Chunking set) {
    chunking = ChunkingColumns.of(set);
  }
}
