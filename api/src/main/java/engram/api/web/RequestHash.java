package engram.api.web;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// What makes two requests the same request: method, address, whom it acts as, type and content.
///
/// Every piece goes in with its length, so that no two different requests give the same bytes.
final class RequestHash {
  private static final int BUFFER_BYTES = 64 << 10;

  private final MessageDigest digest;

  private RequestHash(HttpServletRequest request) {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
    add(request.getMethod());
    add(request.getRequestURI());
    add(request.getQueryString());
    add(request.getHeader("Engram-Act-As"));
  }

  static String of(HttpServletRequest request, byte[] body) {
    var hash = new RequestHash(request);
    hash.add(baseType(request.getContentType()));
    hash.add(body);
    return hash.hex();
  }

  /// Over the parts and not the raw body: a client that tries again draws another boundary. The
  /// content is read from where the container put it, a piece at a time.
  static String ofMultipart(HttpServletRequest request) throws IOException, ServletException {
    var hash = new RequestHash(request);
    for (Part part : request.getParts()) {
      hash.add(part.getName());
      hash.add(part.getSubmittedFileName());
      hash.add(part.getContentType());
      hash.add(part);
    }
    return hash.hex();
  }

  private void add(@Nullable String piece) {
    add(piece == null ? new byte[0] : piece.getBytes(StandardCharsets.UTF_8));
  }

  private void add(byte[] piece) {
    addLength(piece.length);
    digest.update(piece);
  }

  private void add(Part part) throws IOException {
    addLength(part.getSize());
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream content = part.getInputStream()) {
      for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
  }

  private void addLength(long length) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, length));
  }

  private String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }

  private static @Nullable String baseType(@Nullable String contentType) {
    return contentType == null ? null : contentType.split(";", 2)[0].strip();
  }
}
