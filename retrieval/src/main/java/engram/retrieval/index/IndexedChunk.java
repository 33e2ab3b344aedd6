package engram.retrieval.index;

import engram.retrieval.Analysis;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What the index takes of a chunk and its document.
///
/// @param build of the collection
/// @param analysis the build's
/// @param language of the document, as ISO 639 has it; null where it was not recognised
/// @param context what is searched with the text and is no part of it; may be empty
/// @param attributes strings, numbers and booleans; anything else is as good as absent
/// @param embedding of any length; null when there is none
@SuppressWarnings("ArrayRecordComponent") // never compared
public record IndexedChunk(
    long id,
    long documentId,
    UUID tenant,
    String collectionId,
    int build,
    Analysis analysis,
    @Nullable String language,
    Set<String> readers,
    Map<String, Object> attributes,
    @Nullable String title,
    List<String> headingPath,
    String context,
    String text,
    @Nullable String embeddingModel,
    float @Nullable [] embedding) {

  /// Of build 0, without a context.
  public IndexedChunk(
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
      float @Nullable [] embedding) {
    this(
        id,
        documentId,
        tenant,
        collectionId,
        0,
        Analysis.AUTO,
        null,
        readers,
        attributes,
        title,
        headingPath,
        "",
        text,
        embeddingModel,
        embedding);
  }
}
