package engram.api.security;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/// The secret of a key: `engram_<prefix>_<256 random bits in base 62>`.
///
/// With that much chance in it a fast hash is enough to store it by: there is nothing to guess.
record KeySecret(String prefix, String text) {
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int RANDOM_BITS = 256;

  /// The digits that 2^256 - 1 takes.
  private static final int RANDOM_CHARS = 43;

  private static final int PREFIX_CHARS = 8;
  private static final SecureRandom RANDOM = new SecureRandom();

  static KeySecret create() {
    StringBuilder prefix = new StringBuilder("engram_");
    for (int i = 0; i < PREFIX_CHARS; i++) {
      prefix.append(DIGITS.charAt(RANDOM.nextInt(DIGITS.length())));
    }
    String text = prefix + "_" + base62(new BigInteger(RANDOM_BITS, RANDOM));
    return new KeySecret(prefix.toString(), text);
  }

  static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  private static String base62(BigInteger number) {
    BigInteger base = BigInteger.valueOf(DIGITS.length());
    char[] digits = new char[RANDOM_CHARS];
    BigInteger rest = number;
    for (int i = RANDOM_CHARS - 1; i >= 0; i--) {
      BigInteger[] parts = rest.divideAndRemainder(base);
      digits[i] = DIGITS.charAt(parts[1].intValue());
      rest = parts[0];
    }
    return new String(digits);
  }

  /// Never shows the secret.
  @Override
  public String toString() {
    return prefix + "_…";
  }
}
