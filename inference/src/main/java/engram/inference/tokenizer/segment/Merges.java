package engram.inference.tokenizer.segment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which neighbours merge, in what order, and what becomes of them.
///
/// A symbol is an id of the vocabulary, or an atom: a single character that is not in the
/// vocabulary but in some of its pieces, numbered from `vocabularySize` on. A merge's value holds
/// its rank (lower goes first) above the id that it makes.
final class Merges {
  final LongTable byPair;
  final int vocabularySize;
  final Map<Integer, Integer> atomOfCodePoint;
  final List<Integer> codePointOfAtom;

  private Merges(LongTable byPair, int vocabularySize, Atoms atoms) {
    this.byPair = byPair;
    this.vocabularySize = vocabularySize;
    this.atomOfCodePoint = atoms.numbers;
    this.codePointOfAtom = atoms.codePoints;
  }

  /// Merges as a file lists them, first before second. One that names an unknown piece is refused.
  static Merges listed(Map<String, Integer> vocabulary, int size, List<Bpe.Merge> merges) {
    LongTable table = new LongTable(merges.size());
    for (int rank = 0; rank < merges.size(); rank++) {
      Bpe.Merge merge = merges.get(rank);
      int left = idOf(vocabulary, merge.left(), rank);
      int right = idOf(vocabulary, merge.right(), rank);
      int result = idOf(vocabulary, merge.result(), rank);
      long pair = pair(left, right);
      if (table.get(pair) == LongTable.ABSENT) {
        table.put(pair, (long) rank << 32 | result);
      }
    }
    return new Merges(table, size, new Atoms(size));
  }

  /// Merges of a vocabulary that has ranks instead of a list (tiktoken's numbers, SentencePiece's
  /// scores): two neighbours merge if their concatenation is a piece, the piece of the lowest rank
  /// first. Every cut of every piece into two symbols is such a merge; the cuts are found by one
  /// walk through all beginnings and one through all ends, so a long piece costs its length.
  ///
  /// @param rankOfId by id; pieces of equal rank go left to right
  static Merges ranked(Map<String, Integer> pieces, int size, int[] rankOfId) {
    List<Map.Entry<String, Integer>> sorted = new ArrayList<>(pieces.entrySet());
    sorted.sort(Comparator.comparingInt(Map.Entry::getValue));
    int units = sorted.stream().mapToInt(piece -> piece.getKey().length()).sum();
    Trie beginnings = new Trie(units);
    Trie ends = new Trie(units);
    for (Map.Entry<String, Integer> piece : sorted) {
      beginnings.put(piece.getKey(), piece.getValue());
      ends.put(reversed(piece.getKey()), piece.getValue());
    }
    Atoms atoms = new Atoms(size);
    for (Map.Entry<String, Integer> piece : sorted) {
      piece
          .getKey()
          .codePoints()
          .forEach(codePoint -> {
            String character = Character.toString(codePoint);
            if (beginnings.find(character) == Trie.NONE) {
              int atom = atoms.number(codePoint);
              beginnings.put(character, atom);
              ends.put(reversed(character), atom);
            }
          });
    }
    LongTable table = new LongTable(units / 2);
    for (Map.Entry<String, Integer> piece : sorted) {
      int id = piece.getValue();
      addCuts(piece.getKey(), id, rankOfId[id], beginnings, ends, table);
    }
    return new Merges(table, size, atoms);
  }

  private static void addCuts(
      String piece, int id, int rank, Trie beginnings, Trie ends, LongTable table) {
    int length = piece.length();
    int[] endFrom = new int[length];
    Arrays.fill(endFrom, Trie.NONE);
    int node = Trie.ROOT;
    for (int i = length - 1; i > 0 && node != Trie.NONE; i--) {
      node = ends.child(node, piece.charAt(i));
      endFrom[i] = node == Trie.NONE ? Trie.NONE : ends.id(node);
    }
    node = Trie.ROOT;
    for (int cut = 1; cut < length && node != Trie.NONE; cut++) {
      node = beginnings.child(node, piece.charAt(cut - 1));
      int left = node == Trie.NONE ? Trie.NONE : beginnings.id(node);
      if (left != Trie.NONE && endFrom[cut] != Trie.NONE) {
        table.put(pair(left, endFrom[cut]), (long) rank << 32 | id);
      }
    }
  }

  static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  private static int idOf(Map<String, Integer> vocabulary, String piece, int rank) {
    Integer id = vocabulary.get(piece);
    if (id == null) {
      throw new IllegalArgumentException(
          "merge " + rank + " needs the piece '" + shortened(piece) + "', which has no id");
    }
    return id;
  }

  private static String shortened(String piece) {
    return piece.length() <= 40 ? piece : piece.substring(0, 40) + "…";
  }

  private static String reversed(String text) {
    // Unit by unit: halves of a surrogate pair swap, as the walk from the end meets them.
    char[] units = text.toCharArray();
    for (int i = 0, j = units.length - 1; i < j; i++, j--) {
      char unit = units[i];
      units[i] = units[j];
      units[j] = unit;
    }
    return new String(units);
  }

  private static final class Atoms {
    private final int first;
    private final Map<Integer, Integer> numbers = new HashMap<>();
    private final List<Integer> codePoints = new ArrayList<>();

    Atoms(int first) {
      this.first = first;
    }

    int number(int codePoint) {
      return numbers.computeIfAbsent(
          codePoint,
          absent -> {
            codePoints.add(codePoint);
            return first + codePoints.size() - 1;
          });
    }
  }
}
