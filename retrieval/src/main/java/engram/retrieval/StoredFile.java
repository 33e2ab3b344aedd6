package engram.retrieval;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An uploaded original. Its id stays; new content makes a new version.
///
/// @param key the caller's own name for it, unique in the tenant
/// @param sha256 of the present version, in hexadecimal
public record StoredFile(
    String id,
    @Nullable String key,
    String filename,
    String purpose,
    @Nullable String mediaType,
    int version,
    String sha256,
    long bytes,
    String createdBy,
    Instant createdAt,
    @Nullable Instant expiresAt) {}
