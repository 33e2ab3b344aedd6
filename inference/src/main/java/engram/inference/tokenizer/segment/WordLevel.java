package engram.inference.tokenizer.segment;

import java.util.Map;

/// A word is one piece, or unknown.
///
/// @param unknownId -1: unknown words are left out
public record WordLevel(Map<String, Integer> pieces, int unknownId) implements Segmenter {
  public WordLevel {
    pieces = Map.copyOf(pieces);
  }

  @Override
  public void segment(String word, IdList ids) {
    int id = word.isEmpty() ? -1 : pieces.getOrDefault(word, unknownId);
    if (id >= 0) {
      ids.add(id);
    }
  }
}
