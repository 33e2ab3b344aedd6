package engram.inference.tokenizer.segment;

import java.util.Map;

/// The longest piece first, left to right; a word that cannot be cut to its end is unknown. Wu et
/// al., "Google's Neural Machine Translation System", 2016, as in BERT (Devlin et al., 2019).
public final class WordPiece implements Segmenter {
  private final Trie beginnings;
  private final Trie insides;
  private final int unknownId;
  private final int maxCharacters;

  /// @param pieces those inside of a word begin with `insidePrefix`
  /// @param maxCharacters longer words are unknown
  public WordPiece(
      Map<String, Integer> pieces, String insidePrefix, int unknownId, int maxCharacters) {
    int units = pieces.keySet().stream().mapToInt(String::length).sum();
    beginnings = new Trie(units);
    insides = new Trie(units);
    pieces.forEach((piece, id) -> {
      beginnings.put(piece, id);
      if (piece.startsWith(insidePrefix)) {
        insides.put(piece.substring(insidePrefix.length()), id);
      }
    });
    this.unknownId = unknownId;
    this.maxCharacters = maxCharacters;
  }

  @Override
  public void segment(String word, IdList ids) {
    if (word.length() > maxCharacters && word.codePointCount(0, word.length()) > maxCharacters) {
      ids.add(unknownId);
      return;
    }
    int before = ids.size();
    for (int start = 0; start < word.length(); ) {
      Trie pieces = start == 0 ? beginnings : insides;
      int node = Trie.ROOT;
      int id = Trie.NONE;
      int end = start;
      for (int i = start; i < word.length(); i++) {
        node = pieces.child(node, word.charAt(i));
        if (node == Trie.NONE) {
          break;
        }
        if (pieces.id(node) != Trie.NONE) {
          id = pieces.id(node);
          end = i + 1;
        }
      }
      if (id == Trie.NONE || end == start) {
        ids.truncate(before);
        ids.add(unknownId);
        return;
      }
      ids.add(id);
      start = end;
    }
  }
}
