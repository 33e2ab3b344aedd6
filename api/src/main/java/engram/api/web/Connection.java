package engram.api.web;

import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;

/// The connection that a request came on.
///
/// Threads: one at a time, and none but the request's own once the request's body is not read
/// whole, or its answer is being written.
final class Connection {
  /// What Tomcat says is available where reading failed, or one byte is.
  private static final int FAILED_OR_ONE = 1;

  private final Request request;

  Connection(Request request) {
    this.request = request;
  }

  /// Whether its other side has closed it. What it sends ahead stays for the next request. Of an
  /// HTTP/2 stream never: its frames are read by others.
  boolean gone() {
    // Tomcat reads without waiting, into the buffer of the next request. A second look finds that
    // buffer filled and says nothing, or fails again.
    if (available() != FAILED_OR_ONE) {
      return false;
    }
    return available() == FAILED_OR_ONE;
  }

  private int available() {
    request.action(ActionCode.AVAILABLE, true);
    return request.getAvailable();
  }
}
