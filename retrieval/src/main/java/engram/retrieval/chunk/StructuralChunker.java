package engram.retrieval.chunk;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Box;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Packs blocks along headings, tables, lists and code into chunks of at most `maxTokens`.
///
/// A section that fits is one chunk; sections that are small are merged with their siblings; longer
/// ones are cut between blocks, then sentences or rows. Among the places where a chunk could end
/// (between half full and full), it ends at the strongest, and among equals at the one whose next
/// piece of text has the largest hash. So the place depends on the text around it and not on how
/// much stands before: after an edit the cuts fall back into step within a few chunks (the idea of
/// content-defined chunking by local maxima, Bjørner, Blass, Gurevich, "Content-dependent chunking
/// for differential compression", 2010; with token counts for bytes and blocks for positions).
///
/// Overlap is taken from the end of the chunk before, by whole sentences, rows or list items, and
/// never across a heading; with it a chunk still has at most `maxTokens`.
public record StructuralChunker(int maxTokens, int overlapTokens) implements Chunker {
  public static final int AUTO_MAX_TOKENS = 400;

  public static final StructuralChunker AUTO = new StructuralChunker(AUTO_MAX_TOKENS, 0);

  /// The smallest `maxTokens`: below it a single character may not fit.
  private static final int MAX_TOKENS_MIN = 16;

  public StructuralChunker {
    if (maxTokens < MAX_TOKENS_MIN) {
      throw new IllegalArgumentException("maxTokens " + maxTokens + " < " + MAX_TOKENS_MIN);
    }
    if (overlapTokens < 0 || overlapTokens > maxTokens / 2) {
      throw new IllegalArgumentException(
          "overlapTokens " + overlapTokens + " not in 0.." + maxTokens / 2);
    }
  }

  @Override
  public List<Chunk> chunk(Extraction extraction) {
    int packTokens = maxTokens - overlapTokens;
    List<Atom> atoms = new Atoms(extraction, packTokens).of(extraction);
    List<Span> ranges = new Packing(extraction.text(), atoms, packTokens).ranges();
    List<Chunk> chunks = new ArrayList<>(ranges.size());
    Lookup lookup = new Lookup(extraction);
    int previousStart = 0;
    for (Span range : ranges) {
      List<Atom> packed = atoms.subList(range.start(), range.end());
      int start = packed.getFirst().start();
      if (overlapTokens > 0 && !chunks.isEmpty() && isBody(packed.getFirst())) {
        start = overlapStart(extraction, previousStart, start, atoms, range.start());
      }
      previousStart = packed.getFirst().start();
      chunks.add(lookup.chunk(start, packed));
    }
    return chunks;
  }

  private static boolean isBody(Atom first) {
    return switch (first.kind()) {
      case TITLE, HEADING, ATTACHMENT -> false;
      case PARAGRAPH, LIST_ITEM, TABLE, CODE -> true;
    };
  }

  /// The earliest start of a sentence, row or item before `start` that costs no more than the
  /// overlap and does not repeat the whole chunk before.
  private int overlapStart(
      Extraction extraction, int earliest, int start, List<Atom> atoms, int atomIndex) {
    String text = extraction.text();
    String language = extraction.language();
    Locale locale = language == null ? Locale.ROOT : Locale.forLanguageTag(language);
    int best = start;
    for (int i = atomIndex - 1; i >= 0 && atoms.get(i).end() > earliest; i--) {
      Atom atom = atoms.get(i);
      if (!isBody(atom)) {
        return best;
      }
      if (atom.start() > earliest
          && Tokens.count(text.substring(atom.start(), start)) <= overlapTokens) {
        best = atom.start();
        continue;
      }
      for (Span s : Sentences.split(text.substring(atom.start(), atom.end()), locale)) {
        int candidate = atom.start() + s.start();
        if (candidate > earliest
            && Tokens.count(text.substring(candidate, start)) <= overlapTokens) {
          return Math.min(best, candidate);
        }
      }
      return best;
    }
    return best;
  }

  /// Finds pages and boxes of spans that come in order.
  private static final class Lookup {
    private final Extraction extraction;
    private int blockIndex;

    Lookup(Extraction extraction) {
      this.extraction = extraction;
    }

    Chunk chunk(int start, List<Atom> packed) {
      int end = packed.getLast().end();
      List<Block> blocks = extraction.blocks();
      while (blockIndex > 0 && blocks.get(blockIndex - 1).end() > start) {
        blockIndex--;
      }
      while (blockIndex < blocks.size() && blocks.get(blockIndex).end() <= start) {
        blockIndex++;
      }
      List<Box> boxes = new ArrayList<>();
      int pageFrom = 0;
      int pageTo = 0;
      for (int i = blockIndex; i < blocks.size() && blocks.get(i).start() < end; i++) {
        Block block = blocks.get(i);
        List<Box> touched =
            block.boxes().stream().filter(b -> b.start() < end && b.end() > start).toList();
        boxes.addAll(touched);
        // A block may begin on an earlier page than what is here of it: tables do.
        IntStream pages =
            touched.isEmpty()
                ? IntStream.of(block.page()).filter(page -> page > 0)
                : touched.stream().mapToInt(Box::page);
        for (int page : pages.toArray()) {
          pageFrom = pageFrom == 0 ? page : Math.min(pageFrom, page);
          pageTo = Math.max(pageTo, page);
        }
      }
      int tokens = Tokens.count(extraction.text().substring(start, end));
      return new Chunk(
          start, end, pageFrom, pageTo, boxes, sharedPath(packed), tokens, kind(packed));
    }

    private static List<String> sharedPath(List<Atom> packed) {
      // Headings in front of their text stand under less than it does.
      List<Atom> body = packed.stream().filter(StructuralChunker::isBody).toList();
      List<Atom> under = body.isEmpty() ? packed : body;
      List<String> shared = under.getFirst().path();
      for (Atom atom : under) {
        int same = 0;
        while (same < shared.size()
            && same < atom.path().size()
            && shared.get(same).equals(atom.path().get(same))) {
          same++;
        }
        shared = shared.subList(0, same);
      }
      return shared;
    }

    private static Chunk.Kind kind(List<Atom> packed) {
      boolean table = true;
      boolean code = true;
      for (Atom atom : packed) {
        table &= atom.kind() == Block.Kind.TABLE;
        code &= atom.kind() == Block.Kind.CODE;
      }
      return table ? Chunk.Kind.TABLE : code ? Chunk.Kind.CODE : Chunk.Kind.TEXT;
    }
  }
}
