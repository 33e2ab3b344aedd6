package engram.api.start;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.annotation.Order;

/// Goes before Spring Boot's own, which does not know our options.
@Order(0)
final class PortTaken extends AbstractFailureAnalyzer<PortInUseException> {
  @Override
  protected FailureAnalysis analyze(Throwable whole, PortInUseException taken) {
    return new FailureAnalysis(
        "The port " + taken.getPort() + " is taken.",
        "Stop the process that listens on it, or choose another one: --port with ./engram,"
            + " --server.port with the jar.",
        taken);
  }
}
