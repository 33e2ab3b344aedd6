package engram.retrieval;

/// How a document is cut: at most `maxTokens` a chunk, of which `overlapTokens` repeat the chunk
/// before.
public record Chunking(int maxTokens, int overlapTokens) {
  /// Small enough that a chunk is about one thing, with no text indexed twice.
  public static final Chunking AUTO = new Chunking(400, 0);

  public Chunking {
    if (maxTokens < 100 || maxTokens > 4096) {
      throw new IllegalArgumentException(
          "max_chunk_size_tokens " + maxTokens + " is not in [100, 4096]");
    }
    if (overlapTokens < 0 || overlapTokens > maxTokens / 2) {
      throw new IllegalArgumentException(
          "chunk_overlap_tokens "
              + overlapTokens
              + " is not in [0, "
              + maxTokens / 2
              + "], half of max_chunk_size_tokens");
    }
  }
}
