package engram.inference.tokenizer;

import engram.inference.tokenizer.segment.Bpe;
import engram.inference.tokenizer.segment.Unigram;
import engram.inference.tokenizer.split.SpaceRuns;
import engram.inference.tokenizer.split.Splitter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A vocabulary in SentencePiece's terms: pieces with scores and types.
final class SentencePieces {
  private static final char MARK = '▁';

  private final List<String> tokens;
  private final double[] scores;
  private final PieceType[] types;
  private final int unknownId;
  private final Map<String, Integer> pieces = new HashMap<>();
  private final Map<String, Integer> bytePieces = new HashMap<>();
  private final Map<String, Integer> unused = new HashMap<>();

  SentencePieces(List<String> tokens, double[] scores, PieceType[] types, int unknownId) {
    this.tokens = tokens;
    this.scores = scores;
    this.types = types;
    this.unknownId = unknownId;
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      if (Double.isNaN(scores[id])) {
        throw new TokenizerFileException("the score of token " + id + " is NaN");
      }
      if (token.isEmpty()) {
        continue;
      }
      switch (types[id]) {
        case NORMAL, USER_DEFINED -> pieces.putIfAbsent(token, id);
        case BYTE -> bytePieces.put(token, id);
        case UNUSED -> unused.putIfAbsent(token, id);
        case CONTROL, UNKNOWN -> {}
      }
    }
  }

  /// Merges in the order of scores, highest first; equal scores are equal ranks.
  Bpe merges() {
    Map<String, Integer> merged = new HashMap<>(unused);
    merged.putAll(pieces);
    double[] distinct =
        Arrays.stream(scores).map(SentencePieces::descending).sorted().distinct().toArray();
    int[] ranks = new int[tokens.size()];
    for (int id = 0; id < ranks.length; id++) {
      ranks[id] = Arrays.binarySearch(distinct, descending(scores[id]));
    }
    Map<String, Integer> vocabulary = new HashMap<>(merged);
    vocabulary.putAll(bytePieces);
    return Bpe.ofRanks(vocabulary, merged, ranks, Bpe.Settings.characters(true, unknownId));
  }

  /// Without the negative zero, which sorts apart from zero.
  private static double descending(double score) {
    return 0.0 - score;
  }

  Unigram unigram(boolean byteFallback) {
    return new Unigram(pieces, scores, unknownId, byteFallback, bytePieces);
  }

  /// Words begin at spaces where no piece goes on over one; else the text is one word.
  Splitter splitter() {
    boolean cut = pieces.containsKey(String.valueOf(MARK));
    for (Map<String, Integer> each : List.of(pieces, unused)) {
      cut &= each.keySet().stream().noneMatch(SentencePieces::goesOnOverSpace);
    }
    return cut ? new SpaceRuns(MARK) : Splitter.none();
  }

  private static boolean goesOnOverSpace(String piece) {
    for (int i = 1; i < piece.length(); i++) {
      if (piece.charAt(i) == MARK && piece.charAt(i - 1) != MARK) {
        return true;
      }
    }
    return false;
  }

  byte[][] bytes() {
    byte[][] bytes = new byte[tokens.size()][];
    for (int id = 0; id < bytes.length; id++) {
      String token = tokens.get(id);
      boolean ordinary = types[id] != PieceType.CONTROL && types[id] != PieceType.UNKNOWN;
      bytes[id] =
          types[id] == PieceType.BYTE && Spellings.byteOf(token).isPresent()
              ? new byte[] {(byte) Spellings.byteOf(token).getAsInt()}
              : Spellings.utf8(ordinary ? token.replace(MARK, ' ') : token);
    }
    return bytes;
  }
}
