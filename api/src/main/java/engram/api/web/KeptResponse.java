package engram.api.web;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/// Holds a response back until it is complete, so that it can be kept before it is sent. A stream
/// of events, and a body over the limit, pass through as they are written and are not kept.
final class KeptResponse extends HttpServletResponseWrapper {
  private final int bytesMax;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();
  private @Nullable ServletOutputStream stream;
  private @Nullable PrintWriter writer;
  private boolean passing;

  KeptResponse(HttpServletResponse response, int bytesMax) {
    super(response);
    this.bytesMax = bytesMax;
  }

  /// Whether the whole of it is still here.
  boolean isComplete() {
    if (writer != null) {
      writer.flush();
    }
    return !passing && !super.isCommitted();
  }

  byte[] body() {
    return held.toByteArray();
  }

  /// Sends what was held.
  void release() throws IOException {
    if (writer != null) {
      writer.flush();
    }
    if (!passing) {
      passing = true;
      if (held.size() > 0) {
        super.getOutputStream().write(held.toByteArray());
      }
    }
  }

  @Override
  public ServletOutputStream getOutputStream() {
    if (stream == null) {
      stream = new Holding();
    }
    return stream;
  }

  @Override
  public PrintWriter getWriter() {
    if (writer == null) {
      writer =
          new PrintWriter(
              new OutputStreamWriter(getOutputStream(), Charset.forName(getCharacterEncoding())));
    }
    return writer;
  }

  @Override
  public void flushBuffer() throws IOException {
    if (writer != null) {
      writer.flush();
    }
    if (passing || isEventStream()) {
      release();
      super.flushBuffer();
    }
  }

  @Override
  public void resetBuffer() {
    super.resetBuffer();
    held.reset();
  }

  @Override
  public void reset() {
    super.reset();
    held.reset();
  }

  private boolean isEventStream() {
    String type = getContentType();
    return type != null && type.startsWith("text/event-stream");
  }

  private final class Holding extends ServletOutputStream {
    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      if (!passing && (isEventStream() || held.size() + length > bytesMax)) {
        release();
      }
      if (passing) {
        getResponse().getOutputStream().write(source, offset, length);
      } else {
        held.write(source, offset, length);
      }
    }

    @Override
    public void flush() throws IOException {
      if (passing) {
        getResponse().getOutputStream().flush();
      }
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      throw new IllegalStateException("Non-blocking writing is not used here");
    }
  }
}
