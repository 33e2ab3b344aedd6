package engram.retrieval;

import java.time.Instant;

/// Files that were put into a collection together.
public record FileBatch(
    String id,
    String collectionId,
    boolean cancelled,
    DocumentCollection.Counts counts,
    Instant createdAt) {}
