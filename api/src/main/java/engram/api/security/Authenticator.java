package engram.api.security;

import engram.api.error.Failure;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Finds the valid key of a request: the one whose secret it names, or else that of its session.
///
/// A malformed secret is looked up like any other, so that the time of a refusal tells nothing.
@Component
class Authenticator {
  /// Guessed secrets all reach the database: they get this many of its connections, not all.
  private static final int LOOKUPS_AT_ONCE = 4;

  private static final Duration LOOKUP_WAIT = Duration.ofSeconds(5);
  private static final String BEARER = "bearer ";
  private static final List<String> NAMES_SECRET = List.of("Authorization", "api-key", "x-api-key");

  private final KeyStore store;
  private final SessionStore sessions;
  private final KeyCache cache;
  private final Clock clock;
  private final Semaphore lookups = new Semaphore(LOOKUPS_AT_ONCE, true);

  Authenticator(KeyStore store, SessionStore sessions, KeyCache cache, Clock clock) {
    this.store = store;
    this.sessions = sessions;
    this.cache = cache;
    this.clock = clock;
  }

  Optional<ApiKey> authenticate(HttpServletRequest request) {
    if (NAMES_SECRET.stream().anyMatch(header -> request.getHeader(header) != null)) {
      String secret = secretOf(request);
      return secret == null || secret.isEmpty()
          ? Optional.empty()
          : find(KeySecret.sha256(secret), store::find);
    }
    Optional<SessionToken> session = SessionToken.of(request);
    Optional<ApiKey> key = session.flatMap(token -> find(token.sha256(), sessions::find));
    if (key.isPresent() && !isSafe(request) && !session.get().isCsrf(csrf(request))) {
      throw Failure.of(
              403,
              "csrf_token_needed",
              "A session changes things only with the header "
                  + SessionToken.CSRF_HEADER
                  + " that GET /api/session names.")
          .toException();
    }
    return key;
  }

  private Optional<ApiKey> find(byte[] sha256, Function<byte[], Optional<ApiKey>> load) {
    return cache
        .get(sha256, clock.instant(), () -> look(() -> load.apply(sha256)))
        .filter(key -> key.isValidAt(clock.instant()));
  }

  private static boolean isSafe(HttpServletRequest request) {
    String method = request.getMethod();
    return method.equals("GET") || method.equals("HEAD") || method.equals("OPTIONS");
  }

  private static String csrf(HttpServletRequest request) {
    String given = request.getHeader(SessionToken.CSRF_HEADER);
    return given == null ? "" : given;
  }

  private Optional<ApiKey> look(Supplier<Optional<ApiKey>> load) {
    boolean acquired = false;
    try {
      acquired = lookups.tryAcquire(LOOKUP_WAIT.toMillis(), TimeUnit.MILLISECONDS);
      if (!acquired) {
        throw busy().toException();
      }
      return load.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw busy().toException();
    } finally {
      if (acquired) {
        lookups.release();
      }
    }
  }

  private static @Nullable String secretOf(HttpServletRequest request) {
    String authorization = request.getHeader("Authorization");
    if (authorization != null) {
      boolean bearer = authorization.toLowerCase(Locale.ROOT).startsWith(BEARER);
      return bearer ? authorization.substring(BEARER.length()).strip() : null;
    }
    String apiKey = request.getHeader("api-key");
    return apiKey != null ? apiKey : request.getHeader("x-api-key");
  }

  private static Failure busy() {
    return Failure.of(503, "overloaded", "Too many requests at the moment.")
        .retryAfter(LOOKUP_WAIT);
  }
}
