package engram.retrieval.ingest;

import engram.retrieval.Box;
import engram.retrieval.ingest.ChunkDiff.Place;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// A chunk ready to be written.
///
/// @param hash of its content, in hexadecimal
/// @param vectorLiteral [#literal] of its vector; null without an embedding model
record Prepared(Piece piece, int ordinal, String hash, @Nullable String vectorLiteral) {

  String headings() {
    return JsonMapper.shared().writeValueAsString(piece.headingPath());
  }

  static Place place(Piece piece, int ordinal) {
    return new Place(
        ordinal,
        piece.span().start(),
        piece.span().end(),
        piece.pageFrom(),
        piece.pageTo(),
        boxes(piece.boxes()),
        piece.parent(),
        piece.gap());
  }

  static String boxes(List<Box> boxes) {
    return boxes.isEmpty() ? "[]" : JsonMapper.shared().writeValueAsString(boxes);
  }

  /// As PostgreSQL reads an array. `Float.toString` is exact: reading it back gives the same bits.
  static @Nullable String literal(float @Nullable [] vector) {
    if (vector == null) {
      return null;
    }
    StringBuilder literal = new StringBuilder(vector.length * 12).append('{');
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new IllegalStateException("the embedding model gave " + vector[i]);
      }
      literal.append(i == 0 ? "" : ",").append(vector[i]);
    }
    return literal.append('}').toString();
  }
}
