package engram.retrieval;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A large file that arrives in parts.
///
/// @param bytes announced size
/// @param status `pending`, `completed`, `cancelled` or `expired`
/// @param file once completed
public record Upload(
    String id,
    String filename,
    String purpose,
    String mediaType,
    long bytes,
    String status,
    Instant createdAt,
    Instant expiresAt,
    @Nullable StoredFile file) {
  public record Part(String id, String uploadId, Instant createdAt) {}
}
