package engram.retrieval.chunk;

import engram.retrieval.chunk.Filling.Piece;
import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;

/// Tables alone, all else by structure.
///
/// A table that fits is one chunk with the headings before it, and is not merged with the text
/// around it. A longer one is cut between rows, as full as may be, and room is left in each chunk
/// for the table's header, which every one but the first has as its context: a chunk and its header
/// have at most `maxTokens` together.
public record TableAwareChunker(int maxTokens, int overlapTokens) implements Chunker {
  @Override
  public List<Chunk> chunk(Extraction extraction) {
    StructuralChunker prose = new StructuralChunker(maxTokens, overlapTokens);
    List<Atom> atoms = Atoms.of(extraction, prose.packTokens());
    List<Cut> cuts = new ArrayList<>();
    int blockIndex = 0;
    int from = 0;
    while (from < atoms.size()) {
      int table = from;
      while (table < atoms.size() && atoms.get(table).kind() != Block.Kind.TABLE) {
        table++;
      }
      int above = table;
      while (table < atoms.size()
          && above > from
          && HeadingPaths.isHeading(atoms.get(above - 1).kind())) {
        above--;
      }
      cuts.addAll(prose.cuts(extraction, atoms.subList(from, above)));
      if (table == atoms.size()) {
        break;
      }
      while (extraction.blocks().get(blockIndex).end() <= atoms.get(table).start()) {
        blockIndex++;
      }
      Block block = extraction.blocks().get(blockIndex);
      from = table;
      while (from < atoms.size() && atoms.get(from).start() < block.end()) {
        from++;
      }
      cuts.addAll(table(extraction, block, atoms.subList(above, from)));
    }
    return ChunkBuilder.build(extraction, cuts, maxTokens);
  }

  /// @param atoms headings and rows
  private List<Cut> table(Extraction extraction, Block block, List<Atom> atoms) {
    String text = extraction.text();
    int headerEnd = Rows.headerEnd(extraction, block);
    int headerTokens =
        Tokens.count(ChunkBuilder.shortened(text.substring(block.start(), headerEnd)));
    // A header that leaves no room for rows is no reason to have none.
    int rowTokens = Math.max(maxTokens / 2, maxTokens - headerTokens - 1);
    List<Piece> pieces =
        atoms.stream().map(atom -> new Piece(atom.start(), atom.end(), atom.tokens())).toList();
    return new Filling(text, maxTokens, rowTokens, 0).of(pieces).stream().map(Cut::new).toList();
  }
}
