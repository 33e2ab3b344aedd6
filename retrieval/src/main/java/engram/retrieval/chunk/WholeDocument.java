package engram.retrieval.chunk;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.List;

/// The document in one piece: for short ones, such as tickets, that are about one thing. One of
/// more than `maxTokens`, which is what an embedding model reads, is cut along its structure.
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
    return Atoms.tokens(extraction.text(), start, end, maxTokens) <= maxTokens
        ? ChunkBuilder.build(extraction, List.of(new Cut(start, end)), maxTokens)
        : new StructuralChunker(maxTokens, 0).chunk(extraction);
  }
}
