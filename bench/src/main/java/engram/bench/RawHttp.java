package engram.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// The least HTTP/1.1 that a load generator needs, over one kept connection: the generator shares
/// the machine with the server, and what it burns the server lacks.
final class RawHttp implements AutoCloseable {
  private final Socket socket;
  private final BufferedInputStream in;
  private final OutputStream out;
  private final String head;

  /// @param headers further ones, each with its line's end
  RawHttp(String url, String key, String headers) throws IOException {
    URI uri = URI.create(url);
    socket = new Socket(uri.getHost(), uri.getPort());
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    out = socket.getOutputStream();
    head =
        " HTTP/1.1\r\nHost: "
            + uri.getHost()
            + ":"
            + uri.getPort()
            + "\r\nAuthorization: Bearer "
            + key
            + "\r\n"
            + headers
            + "Content-Type: application/json\r\nContent-Length: ";
  }

  /// @return the length of the reply's body
  /// @throws IllegalStateException if the status is not 200
  int post(String path, byte[] body) throws IOException {
    byte[] request =
        ("POST " + path + head + body.length + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
    byte[] whole = java.util.Arrays.copyOf(request, request.length + body.length);
    System.arraycopy(body, 0, whole, request.length, body.length);
    out.write(whole);
    out.flush();
    String status = line();
    int length = -1;
    boolean chunked = false;
    for (String header = line(); !header.isEmpty(); header = line()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(15).strip());
      } else if (lower.startsWith("transfer-encoding:") && lower.contains("chunked")) {
        chunked = true;
      }
    }
    int read = chunked ? skipChunks() : skip(length);
    if (!status.contains(" 200")) {
      throw new IllegalStateException(path + " gave " + status);
    }
    return read;
  }

  private int skipChunks() throws IOException {
    int total = 0;
    while (true) {
      int size = Integer.parseInt(line().strip(), 16);
      total += skip(size);
      line();
      if (size == 0) {
        return total;
      }
    }
  }

  private int skip(int bytes) throws IOException {
    in.skipNBytes(Math.max(0, bytes));
    return Math.max(0, bytes);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the server closed the connection");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
