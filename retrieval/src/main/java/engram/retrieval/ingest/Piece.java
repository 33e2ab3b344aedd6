package engram.retrieval.ingest;

import engram.retrieval.Box;
import engram.retrieval.Span;
import engram.retrieval.chunk.Chunk;
import engram.retrieval.parse.Extraction;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A chunk before it is stored.
///
/// @param context what is indexed with the text and is no part of it; may be empty
/// @param parent a larger span around it, which begins and ends where pieces do
/// @param gap the text between the piece before and this one; null if it is too long to be kept
/// @param pageFrom from 1; 0 where the format has no pages
public record Piece(
    List<String> headingPath,
    String context,
    Span span,
    Span parent,
    @Nullable String gap,
    int pageFrom,
    int pageTo,
    List<Box> boxes,
    int tokens,
    String text) {
  /// A longer one is not kept.
  private static final int GAP_CHARS_MAX = 2_000;

  /// Of all chunks of a text, in order.
  public static List<Piece> of(Extraction extraction, List<Chunk> chunks) {
    List<Piece> pieces = new ArrayList<>(chunks.size());
    int end = 0;
    for (Chunk chunk : chunks) {
      int from = pieces.isEmpty() ? chunk.start() : Math.min(end, chunk.start());
      boolean isLong = chunk.start() - from > GAP_CHARS_MAX;
      pieces.add(
          new Piece(
              chunk.headingPath(),
              chunk.context(),
              new Span(chunk.start(), chunk.end()),
              new Span(chunk.parent().start(), chunk.parent().end()),
              isLong ? null : extraction.text().substring(from, chunk.start()),
              chunk.pageFrom(),
              chunk.pageTo(),
              chunk.boxes().stream()
                  .map(box -> new Box(box.page(), box.x(), box.y(), box.width(), box.height()))
                  .toList(),
              chunk.tokens(),
              chunk.text(extraction)));
      end = chunk.end();
    }
    return pieces;
  }

  public Piece {
    headingPath = List.copyOf(headingPath);
    boxes = List.copyOf(boxes);
  }

  /// The same with more words beside its text.
  Piece withContext(String more) {
    String both = context.isEmpty() ? more : context + "\n" + more;
    return new Piece(headingPath, both, span, parent, gap, pageFrom, pageTo, boxes, tokens, text);
  }

  /// SHA-256 over everything that is indexed of a chunk: title, headings, text, context. Equal
  /// hashes mean equal index entries and equal vectors.
  byte[] contentHash(@Nullable String title) {
    MessageDigest digest = sha256();
    add(digest, title == null ? "" : title);
    digest.update(ByteBuffer.allocate(4).putInt(headingPath.size()).flip());
    headingPath.forEach(heading -> add(digest, heading));
    add(digest, text);
    // Chunks without a context keep the hash that they had before there were contexts.
    if (!context.isEmpty()) {
      add(digest, context);
    }
    return digest.digest();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every JDK", e);
    }
  }

  /// Lengths stand before the parts, so that no two different chunks give the same bytes.
  static void add(MessageDigest digest, String part) {
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
    if (!context.isEmpty()) {
      text.append(context).append('\n');
    }
    return text.append(this.text).toString();
  }
}
