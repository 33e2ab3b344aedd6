package engram.retrieval.chunk;

import engram.retrieval.chunk.Filling.Piece;
import engram.retrieval.chunk.Questions.Pair;
import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// A question and its answer in one chunk, for lists of frequent questions; all else by structure.
///
/// An answer that is too long is cut between blocks and sentences; each later part has the question
/// as its context.
public record QuestionChunker(int maxTokens) implements Chunker {
  @Override
  public List<Chunk> chunk(Extraction extraction) {
    List<Pair> pairs = Questions.of(extraction);
    List<Atom> atoms = Atoms.of(cutAt(pairs, extraction), maxTokens);
    StructuralChunker prose = new StructuralChunker(maxTokens, 0);
    List<Cut> cuts = new ArrayList<>();
    int from = 0;
    for (Pair pair : pairs) {
      int start = firstFrom(atoms, pair.start(), from);
      int end = firstFrom(atoms, pair.end(), start);
      cuts.addAll(prose.cuts(extraction, atoms.subList(from, start)));
      cuts.addAll(cuts(extraction.text(), pair, atoms.subList(start, end)));
      from = end;
    }
    cuts.addAll(prose.cuts(extraction, atoms.subList(from, atoms.size())));
    return ChunkBuilder.build(extraction, cuts, maxTokens);
  }

  private static int firstFrom(List<Atom> atoms, int position, int from) {
    int at = from;
    while (at < atoms.size() && atoms.get(at).start() < position) {
      at++;
    }
    return at;
  }

  private List<Cut> cuts(String text, Pair pair, List<Atom> atoms) {
    List<Piece> pieces =
        atoms.stream().map(atom -> new Piece(atom.start(), atom.end(), atom.tokens())).toList();
    int questionTokens = pair.question().isEmpty() ? 0 : Tokens.count(pair.question()) + 1;
    int nextTokens = Math.max(maxTokens / 2, maxTokens - questionTokens);
    List<Span> spans = new Filling(text, maxTokens, nextTokens, 0).of(pieces);
    List<Cut> cuts = new ArrayList<>(spans.size());
    for (Span span : spans) {
      cuts.add(new Cut(span.start(), span.end(), cuts.isEmpty() ? "" : pair.question()));
    }
    return cuts;
  }

  /// The same with blocks that end where pairs begin and end.
  private static Extraction cutAt(List<Pair> pairs, Extraction extraction) {
    TreeSet<Integer> places = new TreeSet<>();
    pairs.forEach(pair -> places.addAll(List.of(pair.start(), pair.end())));
    List<Block> blocks = new ArrayList<>();
    for (Block block : extraction.blocks()) {
      int start = block.start();
      for (int place : places.subSet(block.start(), false, block.end(), false)) {
        add(block, start, place, extraction.text(), blocks);
        start = place;
      }
      add(block, start, block.end(), extraction.text(), blocks);
    }
    return new Extraction(
        extraction.text(),
        extraction.title(),
        extraction.mediaType(),
        extraction.language(),
        extraction.pageCount(),
        extraction.warnings(),
        blocks);
  }

  private static void add(Block of, int from, int to, String text, List<Block> blocks) {
    int start = from;
    int end = to;
    while (start < end && start > of.start() && Character.isWhitespace(text.charAt(start))) {
      start++;
    }
    while (end > start && end < of.end() && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    if (start < end) {
      blocks.add(new Block(of.kind(), of.level(), start, end, of.page(), List.of()));
    }
  }
}
