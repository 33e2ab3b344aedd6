package engram.retrieval.library;

import engram.retrieval.Chunking;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// A row of `documents`. Ingestion writes its results by plain SQL; what it writes is read-only
/// here, so that an entity that was read before cannot write it back.
@Entity
@DynamicUpdate
@Table(name = "documents")
@SuppressWarnings("NullAway.Init")
class DocumentEntity {
  @Id
  @GeneratedValue(strategy = GenerationType.IDENTITY)
  long id;

  @Column(name = "tenant_id", updatable = false)
  UUID tenantId;

  @Column(name = "collection_id", updatable = false)
  String collectionId;

  @Column(name = "file_id", updatable = false)
  String fileId;

  @Column(updatable = false)
  int version;

  String status;

  @Column(name = "error_code")
  @Nullable String errorCode;

  @Column(name = "error_message")
  @Nullable String errorMessage;

  @JdbcTypeCode(SqlTypes.JSON)
  Map<String, Object> attributes;

  @JdbcTypeCode(SqlTypes.ARRAY)
  @Column(columnDefinition = "text[]")
  String[] readers;

  @Embedded @Nullable ChunkingColumns chunking;

  @Column(name = "media_type", updatable = false)
  @Nullable String mediaType;

  @Column(updatable = false)
  @Nullable String title;

  @Column(updatable = false)
  @Nullable String language;

  @Column(name = "page_count", updatable = false)
  int pageCount;

  @Column(name = "chunk_count", updatable = false)
  int chunkCount;

  @Column(name = "usage_bytes", updatable = false)
  long usageBytes;

  @JdbcTypeCode(SqlTypes.JSON)
  @Column(updatable = false)
  List<String> warnings;

  @Column(name = "index_seq", updatable = false)
  long indexSeq;

  @Column(name = "created_by", updatable = false)
  String createdBy;

  @Column(name = "created_at", updatable = false)
  Instant createdAt;

  @Column(name = "updated_at")
  Instant updatedAt;

  Set<String> readerSet() {
    return Set.of(readers);
  }

  @Nullable Chunking chunking() {
    return chunking == null ? null : chunking.chunking();
  }

  void chunking(@Nullable Chunking set) {
    chunking = ChunkingColumns.of(set);
  }

  /// Waiting to be ingested, with no trace of an earlier failure.
  void queued(Instant now) {
    status = "in_progress";
    errorCode = null;
    errorMessage = null;
    updatedAt = now;
  }
}
