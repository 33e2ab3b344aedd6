package engram.retrieval.ingest;

import engram.retrieval.Box;
import engram.retrieval.Span;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A chunk before it is stored.
///
/// @param pageFrom from 1; 0 where the format has no pages
public record Piece(
    List<String> headingPath,
    Span span,
    int pageFrom,
    int pageTo,
    List<Box> boxes,
    int tokens,
    String text) {
  public Piece {
    headingPath = List.copyOf(headingPath);
    boxes = List.copyOf(boxes);
  }

  /// SHA-256 over everything that is indexed of a chunk: title, headings, text. Equal hashes mean
  /// equal index entries and equal vectors.
  byte[] contentHash(@Nullable String title) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      add(digest, title == null ? "" : title);
      digest.update(ByteBuffer.allocate(4).putInt(headingPath.size()).flip());
      headingPath.forEach(heading -> add(digest, heading));
      add(digest, text);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every JDK", e);
    }
  }

  /// Lengths stand before the parts, so that no two different chunks give the same bytes.
  private static void add(MessageDigest digest, String part) {
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
    digest.update(bytes);
  }

  /// What an embedding model reads: the text with what it is about before it.
  String embedded(@Nullable String title) {
    StringBuilder text = new StringBuilder();
    if (title != null && !title.isBlank()) {
      text.append(title).append('\n');
    }
    if (!headingPath.isEmpty()) {
      text.append(String.join(" › ", headingPath)).append('\n');
    }
    return text.append(this.text).toString();
  }
}
