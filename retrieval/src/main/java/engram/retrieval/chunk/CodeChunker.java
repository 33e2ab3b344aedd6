package engram.retrieval.chunk;

import engram.retrieval.chunk.CodeScopes.Scope;
import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Functions and classes of source code, all else by structure.
///
/// A class that fits is one chunk, small functions are merged with their siblings, and what is too
/// long is cut between its members, then at blank lines, then between lines: the split-then-merge
/// of cAST (Zhang et al., "cAST: Enhancing Code Retrieval-Augmented Generation with Structural
/// Chunking via Abstract Syntax Tree", 2025), on the scopes of [CodeScopes] for a syntax tree. A
/// chunk from inside a class or a function has their first lines as its context.
public record CodeChunker(int maxTokens) implements Chunker {
  private static final Pattern CLOSING = Pattern.compile("\\s*(?:[\\])};,]+|end)\\s*");

  /// Lines of one run of code blocks, with what they stand in.
  private record Run(List<Atom> atoms, List<List<Scope>> scopes) {}

  @Override
  public List<Chunk> chunk(Extraction extraction) {
    StructuralChunker prose = new StructuralChunker(maxTokens, 0);
    List<Atom> atoms = Atoms.finestOf(Block.Kind.CODE, extraction, maxTokens);
    List<Cut> cuts = new ArrayList<>();
    int from = 0;
    while (from < atoms.size()) {
      int code = from;
      while (code < atoms.size() && atoms.get(code).kind() != Block.Kind.CODE) {
        code++;
      }
      int end = code;
      while (end < atoms.size() && atoms.get(end).kind() == Block.Kind.CODE) {
        end++;
      }
      boolean alone = code == from && end == atoms.size();
      if (alone || (code < end && spans(atoms.subList(code, end)) > maxTokens)) {
        cuts.addAll(prose.cuts(extraction, atoms.subList(from, code)));
        cuts.addAll(code(extraction.text(), run(extraction.text(), atoms.subList(code, end))));
        from = end;
      } else {
        // A short listing stays with the text that talks about it.
        int next = nextLongCode(atoms, end);
        cuts.addAll(prose.cuts(extraction, atoms.subList(from, next)));
        from = next;
      }
    }
    return ChunkBuilder.build(extraction, cuts, maxTokens);
  }

  private int nextLongCode(List<Atom> atoms, int from) {
    int at = from;
    while (at < atoms.size()) {
      if (atoms.get(at).kind() != Block.Kind.CODE) {
        at++;
        continue;
      }
      int end = at;
      while (end < atoms.size() && atoms.get(end).kind() == Block.Kind.CODE) {
        end++;
      }
      if (spans(atoms.subList(at, end)) > maxTokens) {
        return at;
      }
      at = end;
    }
    return at;
  }

  private static long spans(List<Atom> atoms) {
    return atoms.stream().mapToLong(atom -> atom.tokens() + 1L).sum();
  }

  private static Run run(String text, List<Atom> lines) {
    List<List<Scope>> scopes =
        new CodeScopes(text, lines.stream().map(a -> new Span(a.start(), a.end())).toList()).of();
    List<Atom> atoms = new ArrayList<>(lines.size());
    for (int i = 0; i < lines.size(); i++) {
      Atom line = lines.get(i);
      List<String> path = new ArrayList<>(line.path());
      // Two neighbours may have the same signature; their lines differ.
      scopes.get(i).forEach(scope -> path.add(scope.line() + " " + scope.signature()));
      atoms.add(
          new Atom(
              line.start(),
              line.end(),
              line.tokens(),
              strength(text, lines, scopes, i),
              line.hash(),
              line.kind(),
              List.copyOf(path)));
    }
    return new Run(atoms, scopes);
  }

  private static int strength(String text, List<Atom> lines, List<List<Scope>> scopes, int index) {
    if (index == 0 || lines.get(index).strength() == Atom.WITHIN) {
      return lines.get(index).strength();
    }
    Atom line = lines.get(index);
    if (CLOSING.matcher(text.substring(line.start(), line.end())).matches()) {
      // A bracket alone says nothing.
      return Atom.GLUED;
    }
    List<Scope> above = scopes.get(index - 1);
    boolean underSignature = !above.isEmpty() && above.getLast().line() >= index - 1;
    if (underSignature && scopes.get(index).equals(above)) {
      // A signature stays with its first line, and what stands above it about it with both.
      return Atom.GLUED;
    }
    boolean blank =
        text.substring(lines.get(index - 1).end(), lines.get(index).start())
                .chars()
                .filter(c -> c == '\n')
                .count()
            > 1;
    return blank ? Atom.BLOCK : Atom.PART;
  }

  private List<Cut> code(String text, Run run) {
    List<Cut> cuts = new ArrayList<>();
    for (Span range : new Packing(text, run.atoms(), maxTokens).ranges()) {
      cuts.add(
          new Cut(
              run.atoms().get(range.start()).start(),
              run.atoms().get(range.end() - 1).end(),
              around(run.scopes().subList(range.start(), range.end()), range.start())));
    }
    return cuts;
  }

  /// The first lines of what encloses all of these lines and began before them.
  private static String around(List<List<Scope>> scopes, int firstLine) {
    List<Scope> shared = scopes.getFirst();
    for (List<Scope> scope : scopes) {
      int same = 0;
      while (same < shared.size()
          && same < scope.size()
          && shared.get(same).equals(scope.get(same))) {
        same++;
      }
      shared = shared.subList(0, same);
    }
    return String.join(
        "\n",
        shared.stream().filter(scope -> scope.line() < firstLine).map(Scope::signature).toList());
  }
}
