package engram.api.security;

import engram.api.error.Failure;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Finds the valid key of a request.
///
/// A malformed secret is looked up like any other, so that the time of a refusal tells nothing.
@Component
class Authenticator {
  /// Guessed secrets all reach the database: they get this many of its connections, not all.
  private static final int LOOKUPS_AT_ONCE = 4;

  private static final Duration LOOKUP_WAIT = Duration.ofSeconds(5);
  private static final String BEARER = "bearer ";

  private final KeyStore store;
  private final KeyCache cache;
  private final Clock clock;
  private final Semaphore lookups = new Semaphore(LOOKUPS_AT_ONCE, true);

  Authenticator(KeyStore store, KeyCache cache, Clock clock) {
    this.store = store;
    this.cache = cache;
    this.clock = clock;
  }

  Optional<ApiKey> authenticate(HttpServletRequest request) {
    String secret = secretOf(request);
    if (secret == null || secret.isEmpty()) {
      return Optional.empty();
    }
    byte[] sha256 = KeySecret.sha256(secret);
    return cache
        .get(sha256, clock.instant(), () -> look(sha256))
        .filter(key -> key.isValidAt(clock.instant()));
  }

  private Optional<ApiKey> look(byte[] sha256) {
    boolean acquired = false;
    try {
      acquired = lookups.tryAcquire(LOOKUP_WAIT.toMillis(), TimeUnit.MILLISECONDS);
      if (!acquired) {
        throw busy().toException();
      }
      return store.find(sha256);
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
