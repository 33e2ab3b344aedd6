package engram.api.web;

import engram.api.ApiSettings;
import engram.api.error.ErrorWriter;
import engram.api.error.Failure;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/// Works on so many requests at once and refuses more: virtual threads have no limit of their own,
/// and the database behind them does. Health probes are always answered.
@Component
@Order(ConcurrencyFilter.ORDER)
class ConcurrencyFilter extends OncePerRequestFilter {
  /// After the key was checked and Spring Security's firewall.
  static final int ORDER = 0;

  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Semaphore permits;
  private final ErrorWriter errors;

  ConcurrencyFilter(ApiSettings settings, ErrorWriter errors) {
    permits = new Semaphore(settings.concurrentRequestsMax());
    this.errors = errors;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return request.getRequestURI().startsWith("/actuator/");
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (!permits.tryAcquire()) {
      Failure failure = Failure.of(503, "overloaded", "Too many requests at the moment.");
      errors.write(request, response, failure.retryAfter(RETRY));
      return;
    }
    var permit = new Permit();
    try {
      chain.doFilter(request, response);
    } finally {
      if (request.isAsyncStarted()) {
        request.getAsyncContext().addListener(permit);
      } else {
        permit.giveBack();
      }
    }
  }

  /// Given back once, whatever way the request ends.
  private final class Permit implements AsyncListener {
    private final AtomicBoolean held = new AtomicBoolean(true);

    void giveBack() {
      if (held.getAndSet(false)) {
        permits.release();
      }
    }

    @Override
    public void onComplete(AsyncEvent event) {
      giveBack();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      // Spring answers it, and completion follows.
    }

    @Override
    public void onError(AsyncEvent event) {
      giveBack();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      // A further asynchronous round forgets its listeners.
      event.getAsyncContext().addListener(this);
    }
  }
}
