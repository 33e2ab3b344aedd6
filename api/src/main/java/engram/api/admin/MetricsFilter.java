package engram.api.admin;

import engram.api.error.ErrorWriter;
import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.RequestContext;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/// Metrics count the requests, documents and tokens of all tenants: they are for keys of the
/// operator's tenant. Which verbs such a key needs is decided where keys are checked.
@Component
@Order(MetricsFilter.AFTER_KEYS)
class MetricsFilter extends OncePerRequestFilter {
  /// Behind the checks of key and verb, which Spring Security makes at -100.
  static final int AFTER_KEYS = -50;

  private final Tenants tenants;
  private final ErrorWriter errors;

  MetricsFilter(Tenants tenants, ErrorWriter errors) {
    this.tenants = tenants;
    this.errors = errors;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    String path = request.getRequestURI();
    return !path.startsWith("/actuator/prometheus") && !path.startsWith("/actuator/metrics");
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Optional<Caller> caller = RequestContext.caller(request);
    if (caller.isPresent() && tenants.isOperator(caller.get().tenant())) {
      chain.doFilter(request, response);
    } else {
      errors.write(
          request,
          response,
          Failure.of(403, "operators_only", "This is for the operator of the server."));
    }
  }
}
