package engram.retrieval.chunk;

import engram.retrieval.Chunking;
import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.List;

/// The document in one piece: for short ones, such as tickets, that are about one thing. One of
/// more than `maxTokens`, or than an embedding model reads, is cut along its structure.
public record WholeDocument(int maxTokens) implements Chunker {
  @Override
  public List<Chunk> chunk(Extraction extraction) {
    List<Block> blocks =
        extraction.blocks().stream().filter(block -> block.start() < block.end()).toList();
    if (blocks.isEmpty()) {
      return List.of();
    }
    int start = blocks.getFirst().start();
    int end = blocks.getLast().end();
    return fits(extraction.text(), start, end)
        ? ChunkBuilder.build(extraction, List.of(new Cut(start, end)), maxTokens)
        : new StructuralChunker(Math.min(maxTokens, Chunking.MAX_TOKENS_MAX / 2), 0)
            .chunk(extraction);
  }

  private boolean fits(String text, int start, int end) {
    return Atoms.tokens(text, start, end, maxTokens) <= maxTokens
        && Tokens.countEmbedded(text.substring(start, end)) <= Chunking.WHOLE_TOKENS_MAX;
  }
}
