package engram.retrieval.chunk;

import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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
    return ChunkBuilder.build(
        extraction, cuts(extraction, Atoms.of(extraction, packTokens())), maxTokens);
  }

  /// What a chunk may hold beside its overlap.
  int packTokens() {
    return maxTokens - overlapTokens;
  }

  /// @param atoms neighbours, each of at most [#packTokens]
  List<Cut> cuts(Extraction extraction, List<Atom> atoms) {
    List<Cut> cuts = new ArrayList<>();
    int previousStart = 0;
    for (Span range : new Packing(extraction.text(), atoms, packTokens()).ranges()) {
      Atom first = atoms.get(range.start());
      int start = first.start();
      if (overlapTokens > 0 && !cuts.isEmpty() && isBody(first)) {
        start = overlapStart(extraction, previousStart, start, atoms, range.start());
      }
      previousStart = first.start();
      cuts.add(new Cut(start, atoms.get(range.end() - 1).end()));
    }
    return cuts;
  }

  private static boolean isBody(Atom first) {
    return !HeadingPaths.isHeading(first.kind());
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
}
