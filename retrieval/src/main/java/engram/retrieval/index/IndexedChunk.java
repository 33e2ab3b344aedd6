package engram.retrieval.index;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What the index takes of a chunk and its document.
///
/// @param attributes strings, numbers and booleans; anything else is as good as absent
/// @param embedding of any length; null when there is none
@SuppressWarnings("ArrayRecordComponent") // never compared
public record IndexedChunk(
    long id,
    long documentId,
    UUID tenant,
    String collectionId,
    Set<String> readers,
    Map<String, Object> attributes,
    @Nullable String title,
    List<String> headingPath,
    String text,
    @Nullable String embeddingModel,
    float @Nullable [] embedding) {}
