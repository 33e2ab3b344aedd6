package engram.api.admin;

import engram.api.security.Caller;
import engram.api.security.RequestContext;
import engram.api.usage.Operation;
import engram.api.usage.Traffic;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/// Counts what callers ask for, from its key's check to the last byte. What runs on in another
/// thread counts to where this one is done with it.
@Component
@Order(MetricsFilter.AFTER_KEYS + 1)
class TrafficFilter extends OncePerRequestFilter {
  private final Traffic traffic;

  TrafficFilter(Traffic traffic) {
    this.traffic = traffic;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Operation operation = operation(request.getMethod(), request.getRequestURI());
    Optional<Caller> caller = RequestContext.caller(request);
    if (operation == null || caller.isEmpty()) {
      chain.doFilter(request, response);
      return;
    }
    long begin = System.nanoTime();
    boolean failed = true;
    try {
      chain.doFilter(request, response);
      failed = response.getStatus() >= 400;
    } finally {
      traffic.count(
          caller.get().tenant(), operation, Duration.ofNanos(System.nanoTime() - begin), failed);
    }
  }

  /// Null for what is not counted: reading, administration.
  static @Nullable Operation operation(String method, String path) {
    if (method.equals("PUT")) {
      return path.startsWith("/api/collections/") && path.contains("/documents/")
          ? Operation.INGEST
          : null;
    }
    if (!method.equals("POST")) {
      return null;
    }
    return switch (path) {
      case "/api/ask", "/v1/chat/completions", "/v1/responses" -> Operation.ANSWER;
      case "/v1/embeddings" -> Operation.EMBED;
      case "/v1/files" -> Operation.INGEST;
      default -> inCollection(path);
    };
  }

  private static @Nullable Operation inCollection(String path) {
    if (!path.startsWith("/api/collections/") && !path.startsWith("/v1/vector_stores/")) {
      return null;
    }
    if (path.endsWith("/search")) {
      return Operation.SEARCH;
    }
    return path.endsWith("/documents") || path.endsWith("/files") || path.endsWith("/file_batches")
        ? Operation.INGEST
        : null;
  }
}
