package engram.api.web;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.jspecify.annotations.Nullable;

/// Hands the [Connection] of a request on to those that answer it: servlets do not see it.
public final class ConnectionValve extends ValveBase {
  private static final String ATTRIBUTE = ConnectionValve.class.getName();

  public ConnectionValve() {
    super(true); // also of requests that are answered asynchronously
  }

  /// @return null where the request came another way
  static @Nullable Connection of(HttpServletRequest request) {
    return (Connection) request.getAttribute(ATTRIBUTE);
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    request.setAttribute(ATTRIBUTE, new Connection(request.getCoyoteRequest()));
    getNext().invoke(request, response);
  }
}
