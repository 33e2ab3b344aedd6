package engram.api.security;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.http.ResponseCookie;

/// What a browser proves its session with: 256 random bits in a cookie that no script can read and
/// no other site can send along, and for whatever changes something a second value, made of the
/// first, that only our own pages know and send as a header.
///
/// @param text the cookie's value; a secret
public record SessionToken(String text) {
  public static final String COOKIE = "engram_session";
  public static final String CSRF_HEADER = "Engram-CSRF-Token";

  private static final int RANDOM_BYTES = 32;
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final SecureRandom RANDOM = new SecureRandom();

  static SessionToken create() {
    byte[] bytes = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(bytes);
    return new SessionToken(base64(bytes));
  }

  /// Nothing where there is no cookie, or one that we never gave.
  public static Optional<SessionToken> of(HttpServletRequest request) {
    Cookie[] cookies = request.getCookies();
    if (cookies == null) {
      return Optional.empty();
    }
    for (Cookie cookie : cookies) {
      if (cookie.getName().equals(COOKIE) && FORM.matcher(cookie.getValue()).matches()) {
        return Optional.of(new SessionToken(cookie.getValue()));
      }
    }
    return Optional.empty();
  }

  /// Told to the page that holds the session, which sends it back with every change.
  public String csrf() {
    return base64(KeySecret.sha256("csrf " + text));
  }

  boolean isCsrf(String given) {
    return MessageDigest.isEqual(
        csrf().getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }

  byte[] sha256() {
    return KeySecret.sha256("session " + text);
  }

  /// @param secure over TLS: then the cookie never travels without
  public ResponseCookie cookie(boolean secure, Duration maxAge) {
    return ResponseCookie.from(COOKIE, text)
        .httpOnly(true)
        .secure(secure)
        .sameSite("Strict")
        .path("/")
        .maxAge(maxAge)
        .build();
  }

  public static ResponseCookie noCookie(boolean secure) {
    return new SessionToken("").cookie(secure, Duration.ZERO);
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// Never shows the secret.
  @Override
  public String toString() {
    return "SessionToken[…]";
  }
}
