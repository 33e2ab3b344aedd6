package engram.retrieval.chunk;

import java.util.ArrayList;
import java.util.List;

/// Decides which atoms go together. Works down the outline, so that what happens in one section
/// cannot move a cut in another.
final class Packing {
  /// A separator between two blocks costs about this much.
  private static final int SEPARATOR_TOKENS = 1;

  private final String text;
  private final List<Atom> atoms;
  private final int maxTokens;

  /// `sums[i]`: tokens of the atoms before `i`, separators included.
  private final long[] sums;

  private final List<Span> ranges = new ArrayList<>();

  Packing(String text, List<Atom> atoms, int maxTokens) {
    this.text = text;
    this.atoms = atoms;
    this.maxTokens = maxTokens;
    this.sums = new long[atoms.size() + 1];
    for (int i = 0; i < atoms.size(); i++) {
      sums[i + 1] = sums[i] + atoms.get(i).tokens() + SEPARATOR_TOKENS;
    }
  }

  /// Ranges of atom indexes, one per chunk, in order and without gaps.
  List<Span> ranges() {
    if (!atoms.isEmpty()) {
      section(0, atoms.size(), 0);
    }
    return ranges;
  }

  private boolean fits(int from, int to) {
    return sums[to] - sums[from] - SEPARATOR_TOKENS <= maxTokens;
  }

  /// Packs `[from, to)`, all under the same `depth` headings.
  private void section(int from, int to, int depth) {
    List<Span> parts = subsections(from, to, depth);
    int run = 0;
    List<Span> small = new ArrayList<>();
    for (Span part : parts) {
      if (fits(part.start(), part.end())) {
        small.add(part);
        continue;
      }
      pack(small);
      small.clear();
      if (hasHeadings(part, depth + 1)) {
        section(part.start(), part.end(), depth + 1);
      } else {
        pack(singles(part));
      }
    }
    pack(small);
  }

  /// Cuts where the heading at `depth` changes; text before the first such heading is a part too.
  private List<Span> subsections(int from, int to, int depth) {
    List<Span> parts = new ArrayList<>();
    int start = from;
    for (int i = from + 1; i < to; i++) {
      boolean changes = !key(i, depth).equals(key(i - 1, depth));
      if ((changes && atoms.get(i).strength() != Atom.GLUED) || beginsSection(i, depth)) {
        parts.add(new Span(start, i));
        start = i;
      }
    }
    parts.add(new Span(start, to));
    return parts;
  }

  private String key(int index, int depth) {
    List<String> path = atoms.get(index).path();
    return depth < path.size() ? path.get(depth) : "";
  }

  /// Two neighbours may have the same name.
  private boolean beginsSection(int index, int depth) {
    Atom atom = atoms.get(index);
    return HeadingPaths.isHeading(atom.kind())
        && atom.strength() >= Atom.BLOCK
        && atom.path().size() == depth + 1;
  }

  private boolean hasHeadings(Span part, int depth) {
    for (int i = part.start(); i < part.end(); i++) {
      if (atoms.get(i).path().size() > depth) {
        return true;
      }
    }
    return false;
  }

  private List<Span> singles(Span part) {
    List<Span> singles = new ArrayList<>();
    int start = part.start();
    for (int i = part.start() + 1; i <= part.end(); i++) {
      boolean glued = i < part.end() && atoms.get(i).strength() == Atom.GLUED && fits(start, i + 1);
      if (!glued) {
        singles.add(new Span(start, i));
        start = i;
      }
    }
    return singles;
  }

  /// Packs pieces that fit each for itself and stand side by side.
  private void pack(List<Span> pieces) {
    int first = 0;
    while (first < pieces.size()) {
      int end = chunkEnd(pieces, first);
      emit(pieces.get(first).start(), pieces.get(end - 1).end());
      first = end;
    }
  }

  /// One past the last piece of the chunk that begins at `first`.
  private int chunkEnd(List<Span> pieces, int first) {
    int start = pieces.get(first).start();
    int best = first + 1;
    long bestRank = Long.MIN_VALUE;
    for (int end = first + 1; end <= pieces.size(); end++) {
      if (!fits(start, pieces.get(end - 1).end())) {
        return best;
      }
      if (end == pieces.size()) {
        return end;
      }
      long filled = sums[pieces.get(end - 1).end()] - sums[start];
      Atom next = atoms.get(pieces.get(end).start());
      if (filled * 2 < maxTokens) {
        // Not half full: end here only if no later end fits.
        best = end;
        continue;
      }
      long rank = ((long) next.strength() << 32) + (next.hash() & 0xffffffffL);
      if (rank > bestRank) {
        bestRank = rank;
        best = end;
      }
    }
    return best;
  }

  /// Sums of parts can be off by a token or two from the count of the whole.
  private void emit(int from, int to) {
    int tokens = Tokens.count(text.substring(atoms.get(from).start(), atoms.get(to - 1).end()));
    if (tokens > maxTokens && to - from > 1) {
      int middle = (from + to) >>> 1;
      emit(from, middle);
      emit(middle, to);
    } else {
      ranges.add(new Span(from, to));
    }
  }
}
