package engram.inference.tokenizer.segment;

import java.util.Arrays;

/// Words by their UTF-16 units, each with an id.
///
/// Read by walking: `ROOT`, then `child` unit by unit; a node's `id` tells whether a word ends
/// there. Safe for several readers once filled.
public final class Trie {
  public static final int ROOT = 0;
  public static final int NONE = -1;

  private final LongTable edges;
  private int[] ids = {NONE};
  private int nodes = 1;

  public Trie(int expectedUnits) {
    edges = new LongTable(expectedUnits);
  }

  /// The last id that is put under a word stays.
  public void put(CharSequence word, int id) {
    int node = ROOT;
    for (int i = 0; i < word.length(); i++) {
      int next = child(node, word.charAt(i));
      if (next == NONE) {
        next = nodes++;
        if (next == ids.length) {
          ids = Arrays.copyOf(ids, Math.multiplyExact(next, 2));
        }
        ids[next] = NONE;
        edges.put((long) node << 16 | word.charAt(i), next);
      }
      node = next;
    }
    ids[node] = id;
  }

  /// @return the node one unit further, or `NONE`
  public int child(int node, char unit) {
    return (int) edges.get((long) node << 16 | unit);
  }

  /// @return the id of the word that ends here, or `NONE`
  public int id(int node) {
    return ids[node];
  }

  /// @return the id of the word, or `NONE`
  public int find(CharSequence word) {
    int node = ROOT;
    for (int i = 0; i < word.length() && node != NONE; i++) {
      node = child(node, word.charAt(i));
    }
    return node == NONE ? NONE : id(node);
  }
}
