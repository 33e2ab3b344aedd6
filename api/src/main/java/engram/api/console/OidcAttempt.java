package engram.api.console;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.http.ResponseCookie;

/// One try to sign in at the identity provider: a secret in a cookie of this browser, of which
/// everything else is derived, so that no other browser can end it and the server keeps nothing.
///
/// @param secret 256 random bits
record OidcAttempt(String secret) {
  static final String PATH = "/api/session/oidc";
  private static final String COOKIE = "engram_sign_in";
  private static final Duration TIME = Duration.ofMinutes(10);
  private static final int RANDOM_BYTES = 32;
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final SecureRandom RANDOM = new SecureRandom();

  static OidcAttempt begin() {
    byte[] bytes = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(bytes);
    return new OidcAttempt(base64(bytes));
  }

  static Optional<OidcAttempt> of(HttpServletRequest request) {
    Cookie[] cookies = request.getCookies();
    for (Cookie cookie : cookies == null ? new Cookie[0] : cookies) {
      if (cookie.getName().equals(COOKIE) && FORM.matcher(cookie.getValue()).matches()) {
        return Optional.of(new OidcAttempt(cookie.getValue()));
      }
    }
    return Optional.empty();
  }

  String state() {
    return derived("state");
  }

  String nonce() {
    return derived("nonce");
  }

  String verifier() {
    return derived("verifier");
  }

  /// RFC 7636, 4.2.
  String challenge() {
    return base64(sha256(verifier()));
  }

  boolean isState(String given) {
    return MessageDigest.isEqual(
        state().getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }

  /// Lax, for the way back from the provider begins on its site.
  ResponseCookie cookie(boolean secure) {
    return cookie(secret, secure, TIME);
  }

  static ResponseCookie noCookie(boolean secure) {
    return cookie("", secure, Duration.ZERO);
  }

  private static ResponseCookie cookie(String value, boolean secure, Duration age) {
    return ResponseCookie.from(COOKIE, value)
        .httpOnly(true)
        .secure(secure)
        .sameSite("Lax")
        .path(PATH)
        .maxAge(age)
        .build();
  }

  private String derived(String what) {
    return base64(sha256(what + " " + secret));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// Never shows the secret.
  @Override
  public String toString() {
    return "OidcAttempt[…]";
  }
}
