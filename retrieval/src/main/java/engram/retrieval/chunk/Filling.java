package engram.retrieval.chunk;

import java.util.ArrayList;
import java.util.List;

/// Puts neighbouring pieces together until a chunk is full, then begins the next one, if wanted
/// with the last pieces of the one before.
///
/// @param firstTokens of the first chunk at most
/// @param nextTokens of each later one at most
/// @param overlapTokens of the chunk before at most, in whole pieces
record Filling(String text, int firstTokens, int nextTokens, int overlapTokens) {
  private static final int SEPARATOR_TOKENS = 1;

  record Piece(int start, int end, int tokens) {}

  Filling(String text, int maxTokens, int overlapTokens) {
    this(text, maxTokens, maxTokens, overlapTokens);
  }

  /// One that is too large for itself is a chunk of its own.
  List<Span> of(List<Piece> pieces) {
    List<Span> chunks = new ArrayList<>();
    int start = 0;
    int next = 0;
    while (next < pieces.size()) {
      int max = chunks.isEmpty() ? firstTokens : nextTokens;
      int tokens = tokens(pieces, start, next + 1);
      while (start < next && tokens > max) {
        start++;
        tokens = tokens(pieces, start, next + 1);
      }
      int end = next + 1;
      while (end < pieces.size() && tokens + pieces.get(end).tokens() + SEPARATOR_TOKENS <= max) {
        tokens += pieces.get(end).tokens() + SEPARATOR_TOKENS;
        end++;
      }
      // Sums of parts can be off by a token or two from the count of the whole.
      while ((end > next + 1 || start < next) && counted(pieces, start, end) > max) {
        if (end > next + 1) {
          end--;
        } else {
          start++;
        }
      }
      chunks.add(new Span(pieces.get(start).start(), pieces.get(end - 1).end()));
      int from = start;
      next = end;
      start = end;
      while (start - 1 > from && tokens(pieces, start - 1, end) <= overlapTokens) {
        start--;
      }
    }
    return chunks;
  }

  private static int tokens(List<Piece> pieces, int from, int to) {
    int tokens = -SEPARATOR_TOKENS;
    for (Piece piece : pieces.subList(from, to)) {
      tokens += piece.tokens() + SEPARATOR_TOKENS;
    }
    return tokens;
  }

  private int counted(List<Piece> pieces, int from, int to) {
    return Tokens.count(text.substring(pieces.get(from).start(), pieces.get(to - 1).end()));
  }
}
