package engram.api.wiring;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What the settings of all models must fulfil: those on servers, and those of this process, which
/// have a name only.
final class ModelServer {
  private static final int RETRIES_MAX = 5;
  private static final Duration TIMEOUT_MAX = Duration.ofMinutes(30);

  private ModelServer() {}

  static void check(
      String prefix,
      @Nullable String baseUrl,
      @Nullable String model,
      Duration timeout,
      int retriesMax) {
    if (!isBlank(baseUrl) && isBlank(model)) {
      throw new IllegalArgumentException(
          prefix + ".base-url needs " + prefix + ".model, the model's name there");
    }
    if (baseUrl != null && !baseUrl.isBlank() && !isHttp(baseUrl)) {
      throw new IllegalArgumentException(
          prefix + ".base-url '" + baseUrl + "' is not an http or https address");
    }
    if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(TIMEOUT_MAX) > 0) {
      throw new IllegalArgumentException(
          prefix + ".timeout " + timeout + " is not in (0, " + TIMEOUT_MAX + "]");
    }
    if (retriesMax < 0 || retriesMax > RETRIES_MAX) {
      throw new IllegalArgumentException(
          prefix + ".retries-max " + retriesMax + " is not in [0, " + RETRIES_MAX + "]");
    }
  }

  static boolean isBlank(@Nullable String text) {
    return text == null || text.isBlank();
  }

  private static boolean isHttp(String address) {
    try {
      URI uri = new URI(address);
      return uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
