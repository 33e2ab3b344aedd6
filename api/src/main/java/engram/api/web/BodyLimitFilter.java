package engram.api.web;

import engram.api.ApiSettings;
import engram.api.error.BodyTooLargeException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/// Refuses bodies over the limit of their type (documents: of uploads): by their announced length
/// before a byte is read, else when they pass it. Multipart bodies are limited by the servlet
/// container, with the same setting ([WebConfiguration]).
@Component
@Order(ConcurrencyFilter.ORDER + 10)
class BodyLimitFilter extends OncePerRequestFilter {
  private static final Pattern DOCUMENT = Pattern.compile("/api/collections/[^/]+/documents/.");

  private final long jsonBytesMax;
  private final long uploadBytesMax;

  BodyLimitFilter(ApiSettings settings) {
    jsonBytesMax = settings.jsonBytesMax().toBytes();
    uploadBytesMax = settings.uploadBytesMax().toBytes();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String type = request.getContentType();
    String lower = type == null ? "" : type.strip().toLowerCase(Locale.ROOT);
    long limitBytes = isText(lower) && !isDocument(request) ? jsonBytesMax : uploadBytesMax;
    if (request.getContentLengthLong() > limitBytes) {
      throw new BodyTooLargeException(limitBytes);
    }
    boolean multipart = lower.startsWith("multipart/");
    chain.doFilter(multipart ? request : new Limited(request, limitBytes), response);
  }

  /// The body of this request is a document's content, whatever its type: it goes to disk as it
  /// comes and is never held in memory.
  private static boolean isDocument(HttpServletRequest request) {
    return request.getMethod().equals("PUT")
        && DOCUMENT.matcher(request.getRequestURI()).lookingAt();
  }

  private static boolean isText(String type) {
    return type.isEmpty()
        || type.contains("json")
        || type.startsWith("text/")
        || type.startsWith("application/x-www-form-urlencoded");
  }

  private static final class Limited extends HttpServletRequestWrapper {
    private final long limitBytes;
    private @Nullable ServletInputStream stream;

    Limited(HttpServletRequest request, long limitBytes) {
      super(request);
      this.limitBytes = limitBytes;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      if (stream == null) {
        stream = new LimitedStream(super.getInputStream(), limitBytes);
      }
      return stream;
    }

    @Override
    public BufferedReader getReader() throws IOException {
      String encoding = getCharacterEncoding();
      Charset charset = encoding == null ? StandardCharsets.UTF_8 : Charset.forName(encoding);
      return new BufferedReader(new InputStreamReader(getInputStream(), charset));
    }
  }

  private static final class LimitedStream extends ServletInputStream {
    private final ServletInputStream inner;
    private final long limitBytes;
    private long readBytes;

    LimitedStream(ServletInputStream inner, long limitBytes) {
      this.inner = inner;
      this.limitBytes = limitBytes;
    }

    @Override
    public int read() throws IOException {
      int next = inner.read();
      count(next < 0 ? 0 : 1);
      return next;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = inner.read(target, offset, length);
      count(read);
      return read;
    }

    private void count(int read) throws IOException {
      readBytes += Math.max(0, read);
      if (readBytes > limitBytes) {
        throw new BodyTooLargeException(limitBytes);
      }
    }

    @Override
    public boolean isFinished() {
      return inner.isFinished();
    }

    @Override
    public boolean isReady() {
      return inner.isReady();
    }

    @Override
    public void setReadListener(ReadListener listener) {
      inner.setReadListener(listener);
    }
  }
}
