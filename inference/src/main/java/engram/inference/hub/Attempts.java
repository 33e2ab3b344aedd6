package engram.inference.hub;

import engram.inference.hub.HubException.Reason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/// Tries again what may succeed later: broken connections, too many requests, a hub in trouble. The
/// pause doubles with each attempt that brought nothing, or is what the hub asks for, within
/// bounds.
final class Attempts {
  // However much each attempt brings.
  private static final int MAX_IN_ALL = 1000;

  private final HubSettings settings;
  private final String what;
  private int failedInARow;
  private int failed;
  private boolean started;

  /// @param what is fetched, for messages
  Attempts(HubSettings settings, String what) {
    this.settings = settings;
    this.what = what;
  }

  void progressed() {
    started = true;
    failedInARow = 0;
  }

  /// Waits for the next attempt.
  ///
  /// @throws HubException if there were enough
  void broken(IOException cause) throws InterruptedException {
    boolean noConnection =
        cause instanceof ConnectException
            || cause instanceof UnknownHostException
            || cause instanceof HttpConnectTimeoutException;
    // At the very beginning nobody should wait for an answer that is clear.
    if (noConnection && !started) {
      throw new HubException(
          Reason.NO_NETWORK,
          "no connection to "
              + settings.baseUrl().getHost()
              + ": there is no network, or ENGRAM_HUB_URL must name a mirror within reach",
          cause);
    }
    next(Duration.ZERO, "the connection broke: " + cause.getMessage(), Reason.NO_NETWORK);
  }

  /// Waits for the next attempt if the status allows one.
  ///
  /// @throws HubException if it does not, or there were enough
  void refused(HttpResponse<?> response) throws InterruptedException {
    int status = response.statusCode();
    switch (status) {
      case 401 ->
          throw new HubException(
              Reason.DENIED,
              settings.token() == null
                  ? what + " needs a token, or does not exist: put one into ENGRAM_HUB_TOKEN"
                  : what + " cannot be read with the token in ENGRAM_HUB_TOKEN");
      case 403 ->
          throw new HubException(
              Reason.DENIED,
              what + " may not be read: its terms may have to be accepted on the hub first");
      case 404 -> throw new HubException(Reason.NOT_FOUND, what + " does not exist on the hub");
      case 429, 500, 502, 503, 504 ->
          next(
              response
                  .headers()
                  .firstValue("Retry-After")
                  .map(Attempts::wanted)
                  .orElse(Duration.ZERO),
              "the hub answers with status " + status,
              Reason.REFUSED);
      default ->
          throw new HubException(Reason.REFUSED, what + ": the hub answers with status " + status);
    }
  }

  /// Waits for the next attempt after something that arrived wrong.
  void damaged(String message) throws InterruptedException {
    next(Duration.ZERO, message, Reason.DAMAGED);
  }

  private void next(Duration wanted, String why, Reason reason) throws InterruptedException {
    if (++failedInARow >= settings.attempts() || ++failed >= MAX_IN_ALL) {
      throw new HubException(
          reason, what + ": " + why + ", " + failedInARow + " times; what has arrived is kept");
    }
    long own = settings.pause().toMillis() << Math.min(20, failedInARow - 1);
    long millis = Math.max(own, wanted.toMillis());
    Thread.sleep(Math.clamp(millis, 0, settings.maxPause().toMillis()));
  }

  /// Seconds, or a date.
  private static Duration wanted(String header) {
    try {
      return header.chars().allMatch(Character::isDigit) && header.length() < 9
          ? Duration.ofSeconds(Long.parseLong(header))
          : Duration.between(
              Instant.now(),
              ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeParseException | NumberFormatException unreadable) {
      return Duration.ZERO;
    }
  }
}
