package engram.inference.hub;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How models are fetched.
///
/// @param baseUrl of the hub or a mirror of it
/// @param token sent to the hub alone, never to where it redirects; null for none
/// @param maxBytes of all files of one model
/// @param allowPrivateAddresses whether a redirect may lead to an address of a private network; the
///   hub's own address may be one
/// @param connectTimeout until a connection stands and headers are there
/// @param idleTimeout without a byte, after which a download is taken up anew
/// @param attempts in a row that bring no byte, after which a download fails
/// @param pause before the second attempt; doubled for each that follows
/// @param maxPause longest pause, whatever the hub asks for
public record HubSettings(
    URI baseUrl,
    @Nullable String token,
    long maxBytes,
    boolean allowPrivateAddresses,
    Duration connectTimeout,
    Duration idleTimeout,
    int attempts,
    Duration pause,
    Duration maxPause) {
  /// Where models are published; a mirror speaks the same protocol.
  public static final String PUBLIC_HUB = "https://huggingface.co";

  public static final long MAX_BYTES = 512L << 30;

  public HubSettings {
    String scheme = String.valueOf(baseUrl.getScheme());
    if (!(scheme.equals("https") || scheme.equals("http")) || baseUrl.getHost() == null) {
      throw new IllegalArgumentException("baseUrl " + baseUrl + " is no http or https address");
    }
    if (maxBytes < 1) {
      throw new IllegalArgumentException("maxBytes " + maxBytes + " < 1");
    }
    if (attempts < 1 || attempts > 100) {
      throw new IllegalArgumentException("attempts " + attempts + " is not within 1 to 100");
    }
  }

  public static HubSettings of(URI baseUrl) {
    return new HubSettings(
        baseUrl,
        null,
        MAX_BYTES,
        false,
        Duration.ofSeconds(20),
        Duration.ofSeconds(30),
        5,
        Duration.ofSeconds(1),
        Duration.ofSeconds(60));
  }

  /// From `ENGRAM_HUB_URL` and `ENGRAM_HUB_TOKEN`, or the names that other programs use for the
  /// same (`HF_ENDPOINT`, `HF_TOKEN`); [#PUBLIC_HUB] without an address.
  ///
  /// @throws HubException if the address is none
  public static HubSettings fromEnvironment(Map<String, String> environment) {
    String url = named(environment, "ENGRAM_HUB_URL", "HF_ENDPOINT").orElse(PUBLIC_HUB);
    try {
      HubSettings settings = of(URI.create(url));
      return named(environment, "ENGRAM_HUB_TOKEN", "HF_TOKEN")
          .map(settings::withToken)
          .orElse(settings);
    } catch (IllegalArgumentException wrong) {
      throw new HubException(
          HubException.Reason.REFUSED, "ENGRAM_HUB_URL: " + wrong.getMessage(), wrong);
    }
  }

  public HubSettings withToken(String newToken) {
    return new HubSettings(
        baseUrl,
        newToken,
        maxBytes,
        allowPrivateAddresses,
        connectTimeout,
        idleTimeout,
        attempts,
        pause,
        maxPause);
  }

  private static Optional<String> named(Map<String, String> environment, String... names) {
    for (String name : names) {
      String value = environment.get(name);
      if (value != null && !value.isBlank()) {
        return Optional.of(value.strip());
      }
    }
    return Optional.empty();
  }

  /// Without the token: settings are logged.
  @Override
  public String toString() {
    return "HubSettings[" + baseUrl + ", token " + (token == null ? "none" : "set") + "]";
  }
}
