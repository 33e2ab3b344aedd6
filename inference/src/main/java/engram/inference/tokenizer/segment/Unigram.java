package engram.inference.tokenizer.segment;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/// The most probable cut of a word under a unigram model, found by Viterbi. Kudo, "Subword
/// Regularization", ACL 2018; scores are log-probabilities.
///
/// A character that no piece covers alone may be unknown, at 10 below the lowest score
/// (SentencePiece's penalty). Unknown neighbours become one unknown id, or each its UTF-8 bytes. Of
/// equally probable cuts the one whose last piece is longest stays. Sums are doubles where
/// SentencePiece adds floats: texts of thousands of characters may differ in exact ties.
public final class Unigram implements Segmenter {
  private static final double UNKNOWN_PENALTY = 10;

  private final Trie pieces;
  private final double[] scores;
  private final double unknownScore;
  private final int unknownId;
  private final int[] fallbackOfByte = new int[256];
  private final boolean byteFallback;

  /// @param pieces those that text can become, with ids
  /// @param scores by id
  /// @param byteIds `<0x00>` to `<0xFF>`; used if all 256 are there and `byteFallback` is set
  /// @param unknownId -1: what is unknown is left out
  public Unigram(
      Map<String, Integer> pieces,
      double[] scores,
      int unknownId,
      boolean byteFallback,
      Map<String, Integer> byteIds) {
    this.pieces = new Trie(pieces.keySet().stream().mapToInt(String::length).sum());
    this.scores = scores;
    double lowest = Double.POSITIVE_INFINITY;
    for (Map.Entry<String, Integer> piece : pieces.entrySet()) {
      double score = scores[piece.getValue()];
      if (Double.isNaN(score)) {
        throw new IllegalArgumentException("the score of piece " + piece.getValue() + " is NaN");
      }
      lowest = Math.min(lowest, score);
      this.pieces.put(piece.getKey(), piece.getValue());
    }
    unknownScore = (lowest == Double.POSITIVE_INFINITY ? 0 : lowest) - UNKNOWN_PENALTY;
    this.unknownId = unknownId;
    boolean complete = byteFallback;
    for (int value = 0; value < 256; value++) {
      fallbackOfByte[value] = byteIds.getOrDefault(String.format("<0x%02X>", value), -1);
      complete &= fallbackOfByte[value] >= 0;
    }
    this.byteFallback = complete;
  }

  @Override
  public void segment(String word, IdList ids) {
    int length = word.length();
    double[] best = new double[length + 1];
    int[] from = new int[length + 1];
    int[] piece = new int[length + 1];
    Arrays.fill(from, -1);
    from[0] = 0;
    for (int start = 0; start < length; ) {
      int character = Character.charCount(word.codePointAt(start));
      boolean covered = false;
      int node = Trie.ROOT;
      for (int end = start; end < length; ) {
        node = pieces.child(node, word.charAt(end++));
        if (node == Trie.NONE) {
          break;
        }
        int id = pieces.id(node);
        if (id != Trie.NONE) {
          covered |= end == start + character;
          relax(best, from, piece, start, end, id, scores[id]);
        }
      }
      if (!covered) {
        relax(best, from, piece, start, start + character, -1, unknownScore);
      }
      start += character;
    }
    emit(word, from, piece, ids);
  }

  private static void relax(
      double[] best, int[] from, int[] piece, int start, int end, int id, double score) {
    double sum = best[start] + score;
    if (from[end] < 0 || sum > best[end]) {
      best[end] = sum;
      from[end] = start;
      piece[end] = id;
    }
  }

  private void emit(String word, int[] from, int[] piece, IdList ids) {
    // Turns the way back into a way forward, in place: from[start] becomes the end of its piece.
    int length = word.length();
    int[] endFrom = new int[length + 1];
    for (int end = length; end > 0; end = from[end]) {
      endFrom[from[end]] = end;
    }
    boolean unknownBefore = false;
    for (int start = 0; start < length; start = endFrom[start]) {
      int id = piece[endFrom[start]];
      if (id >= 0) {
        ids.add(id);
      } else if (byteFallback) {
        String unknown = word.substring(start, endFrom[start]);
        for (byte each : unknown.getBytes(StandardCharsets.UTF_8)) {
          ids.add(fallbackOfByte[each & 0xFF]);
        }
      } else if (!unknownBefore && unknownId >= 0) {
        ids.add(unknownId);
      }
      unknownBefore = id < 0;
    }
  }
}
