package engram.api.web;

import engram.api.ApiSettings;
import engram.api.error.BodyTooLargeException;
import engram.api.error.ErrorWriter;
import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.RequestContext;
import engram.api.web.IdempotencyStore.Claim;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.multipart.MultipartHttpServletRequest;
import org.springframework.web.multipart.support.StandardServletMultipartResolver;

/// A POST with an `Idempotency-Key` is carried out once: repeated by the same API key it gets the
/// first response again, marked `Idempotency-Replayed: true`.
///
/// Not protected, and carried out again: what was answered by a stream of server-sent events, by
/// more than `engram.api.idempotency.response-bytes-max`, or by 408, 429 or a 5xx status. Of the
/// first response the status, the type and the body come again, not the other headers.
@Component
@Order(ConcurrencyFilter.ORDER + 20)
class IdempotencyFilter extends OncePerRequestFilter {
  static final String HEADER = "Idempotency-Key";
  private static final String REPLAYED = "Idempotency-Replayed";
  private static final Pattern SANE = Pattern.compile("[\\x21-\\x7e]{1,255}");
  private static final Duration RETRY = Duration.ofSeconds(2);
  private static final String RUN_ATTRIBUTE = Run.class.getName();

  private final IdempotencyStore store;
  private final ErrorWriter errors;
  private final int requestBytesMax;
  private final int responseBytesMax;
  private final StandardServletMultipartResolver multipart = new StandardServletMultipartResolver();

  IdempotencyFilter(IdempotencyStore store, ErrorWriter errors, ApiSettings settings) {
    this.store = store;
    this.errors = errors;
    requestBytesMax = Math.toIntExact(settings.jsonBytesMax().toBytes());
    responseBytesMax = Math.toIntExact(settings.idempotency().responseBytesMax().toBytes());
  }

  private record Run(Caller caller, String key, Instant startedAt, KeptResponse response) {}

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    String path = request.getRequestURI();
    return !request.getMethod().equals("POST")
        || request.getHeader(HEADER) == null
        || !(path.startsWith("/v1/") || path.startsWith("/api/"))
        || tellsASecret(path);
  }

  /// Replies that show a key's secret are never kept; repeating such a request makes another key.
  /// Nor are those that show memories, which only their own key may encrypt; their requests change
  /// nothing or are safe to repeat by themselves.
  private static boolean tellsASecret(String path) {
    return path.startsWith("/api/keys")
        || path.startsWith("/api/tenants")
        || path.startsWith("/api/memory");
  }

  @Override
  protected boolean shouldNotFilterAsyncDispatch() {
    return false;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (request.getAttribute(RUN_ATTRIBUTE) instanceof Run run) { // an asynchronous one's end
      carryOut(run, request, response, chain);
      return;
    }
    Optional<Caller> caller = RequestContext.caller(request);
    if (caller.isEmpty()) {
      errors.writeUnauthorized(response);
      return;
    }
    String key = request.getHeader(HEADER);
    if (!SANE.matcher(key).matches()) {
      throw Failure.invalid(
              HEADER, "'" + HEADER + "' has 1 to 255 printable ASCII characters without blanks.")
          .toException();
    }
    if (isMultipart(request)) {
      MultipartHttpServletRequest parsed = multipart.resolveMultipart(request);
      try {
        begin(caller.get(), key, RequestHash.ofMultipart(parsed), parsed, response, chain);
      } finally {
        multipart.cleanupMultipart(parsed);
      }
    } else {
      var kept = new KeptRequest(request, read(request));
      begin(caller.get(), key, RequestHash.of(request, kept.body()), kept, response, chain);
    }
  }

  /// Into memory, and so not more than a JSON body may have; larger ones travel as multipart.
  private byte[] read(HttpServletRequest request) throws IOException {
    byte[] body = request.getInputStream().readNBytes(requestBytesMax + 1);
    if (body.length > requestBytesMax) {
      throw new BodyTooLargeException(requestBytesMax);
    }
    return body;
  }

  private void begin(
      Caller caller,
      String key,
      String hash,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws ServletException, IOException {
    switch (store.claim(caller, key, hash)) {
      case Claim.Run(Instant startedAt) -> {
        var kept = new KeptResponse(response, responseBytesMax);
        var run = new Run(caller, key, startedAt, kept);
        request.setAttribute(RUN_ATTRIBUTE, run);
        carryOut(run, request, kept, chain);
      }
      case Claim.Replay(int status, @Nullable String type, byte[] body) -> {
        response.setStatus(status);
        response.setHeader(REPLAYED, "true");
        if (type != null) {
          response.setContentType(type);
        }
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
      }
      case Claim.Running _ ->
          throw Failure.of(
                  409,
                  "idempotency_key_in_use",
                  "The first request with this Idempotency-Key is still running.")
              .retryAfter(RETRY)
              .toException();
      case Claim.OtherRequest _ ->
          throw Failure.of(
                  422,
                  "idempotency_key_reused",
                  "This Idempotency-Key was used for another request. Use a new key for each.")
              .toException();
    }
  }

  private void carryOut(
      Run run, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    boolean returned = false;
    try {
      chain.doFilter(request, response);
      returned = true;
    } finally {
      if (!returned) {
        store.drop(run.caller(), run.key(), run.startedAt());
      }
    }
    if (!request.isAsyncStarted()) {
      end(run, request.getRequestURI());
    } else if (!run.response().isComplete()) {
      store.drop(run.caller(), run.key(), run.startedAt()); // a stream
    }
  }

  private void end(Run run, String path) throws IOException {
    KeptResponse response = run.response();
    int status = response.getStatus();
    boolean repeatable = status < 500 && status != 408 && status != 429;
    if (repeatable && response.isComplete()) {
      store.finish(
          run.caller(),
          run.key(),
          run.startedAt(),
          path,
          status,
          response.getContentType(),
          response.body());
    } else {
      store.drop(run.caller(), run.key(), run.startedAt());
    }
    response.release();
  }

  private static boolean isMultipart(HttpServletRequest request) {
    String type = request.getContentType();
    return type != null && type.strip().toLowerCase(Locale.ROOT).startsWith("multipart/form-data");
  }
}
