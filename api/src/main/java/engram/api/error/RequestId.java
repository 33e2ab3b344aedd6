package engram.api.error;

import jakarta.servlet.http.HttpServletRequest;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The name of a request, in its response, in the log and in its trace.
public final class RequestId {
  public static final String HEADER = "x-request-id";

  /// Key in the log's context.
  public static final String MDC_KEY = "requestId";

  private static final String ATTRIBUTE = RequestId.class.getName();
  private static final Pattern SANE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");

  private RequestId() {}

  /// The request's id; made now if it has none yet.
  public static String of(HttpServletRequest request) {
    if (request.getAttribute(ATTRIBUTE) instanceof String id) {
      return id;
    }
    String id = from(request.getHeader(HEADER));
    request.setAttribute(ATTRIBUTE, id);
    return id;
  }

  /// What the caller calls it, where that is harmless in logs and headers.
  private static String from(@Nullable String wanted) {
    if (wanted != null && SANE.matcher(wanted).matches()) {
      return wanted;
    }
    byte[] random = new byte[16];
    ThreadLocalRandom.current().nextBytes(random);
    return "req_" + HexFormat.of().formatHex(random);
  }
}
