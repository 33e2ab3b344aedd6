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
    // Tomcat reads without waiting, into the buffer of the next request. Where one byte came, a
    // second read is not tried, or the buffer still has it; where reading failed it fails again,
    // and the buffer has nothing.
    for (int read = 0; read < 2; read++) {
      if (available(true) != FAILED_OR_ONE) {
        return false;
      }
    }
    return available(false) == 0;
  }

  private int available(boolean reading) {
    request.action(ActionCode.AVAILABLE, reading);
    return request.getAvailable();
  }
}
