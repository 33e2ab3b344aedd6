package engram.retrieval.chunk;

import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;

/// Windows of sentences: each chunk has `sentences` of them, and the next begins `stride` sentences
/// further on. Rows of tables, lines of code and list items count as sentences; a heading counts
/// for nothing and begins a new chunk, so that no chunk reaches from one section into the next.
///
/// The sentence windows of LlamaIndex (`SentenceWindowNodeParser`, 2023), with a stride: one window
/// a sentence makes the index as many times larger as a window has sentences.
public record SentenceWindows(int sentences, int stride, int maxTokens) implements Chunker {
  @Override
  public List<Chunk> chunk(Extraction extraction) {
    List<Atom> atoms = Atoms.finest(extraction, maxTokens);
    List<Cut> cuts = new ArrayList<>();
    int from = 0;
    while (from < atoms.size()) {
      int to = sectionEnd(atoms, from);
      section(extraction.text(), atoms.subList(from, to), cuts);
      from = to;
    }
    return ChunkBuilder.build(extraction, cuts, maxTokens);
  }

  /// Before the next heading that follows a text.
  private static int sectionEnd(List<Atom> atoms, int from) {
    boolean body = false;
    for (int i = from; i < atoms.size(); i++) {
      boolean heading = HeadingPaths.isHeading(atoms.get(i).kind());
      if (heading && body) {
        return i;
      }
      body |= !heading;
    }
    return atoms.size();
  }

  private void section(String text, List<Atom> atoms, List<Cut> cuts) {
    int first = 0;
    while (first < atoms.size()) {
      int end = windowEnd(text, atoms, first);
      cuts.add(new Cut(atoms.get(first).start(), atoms.get(end - 1).end()));
      if (end == atoms.size()) {
        return;
      }
      int next = first;
      for (int passed = 0; next < end && passed < stride; next++) {
        passed += HeadingPaths.isHeading(atoms.get(next).kind()) ? 0 : 1;
      }
      first = next;
    }
  }

  private int windowEnd(String text, List<Atom> atoms, int first) {
    int tokens = 0;
    int count = 0;
    int end = first;
    while (end < atoms.size() && count < sentences) {
      Atom atom = atoms.get(end);
      tokens += atom.tokens() + (end == first ? 0 : 1);
      if (end > first && tokens > maxTokens) {
        break;
      }
      count += HeadingPaths.isHeading(atom.kind()) ? 0 : 1;
      end++;
    }
    while (end > first + 1
        && Tokens.count(text.substring(atoms.get(first).start(), atoms.get(end - 1).end()))
            > maxTokens) {
      end--;
    }
    return end;
  }
}
