package engram.memory.vault;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// What one subject's key can do: seal and open bytes, and hash them so that only who has the key
/// can tell equal ones.
///
/// AES-256 in GCM (NIST SP 800-38D) with a random nonce of 96 bits, which that standard allows for
/// 2³² messages under one key; HMAC-SHA-256 (RFC 2104) under a key derived from it, so that neither
/// says anything about the other. A sealed text is nonce, then ciphertext, then tag.
///
/// Threads: any.
public final class SubjectCipher {
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  /// What sealing adds to a plain text.
  public static final int SEALED_EXTRA_BYTES = NONCE_BYTES + TAG_BITS / 8;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final SecretKeySpec sealing;
  private final SecretKeySpec hashing;

  /// @param key 32 bytes
  public SubjectCipher(byte[] key) {
    if (key.length != 32) {
      throw new IllegalArgumentException("the key has " + key.length + " bytes, not 32");
    }
    SecretKeySpec root = new SecretKeySpec(key, "HmacSHA256");
    sealing = new SecretKeySpec(mac(root, "engram/seal".getBytes(StandardCharsets.UTF_8)), "AES");
    hashing =
        new SecretKeySpec(mac(root, "engram/hash".getBytes(StandardCharsets.UTF_8)), "HmacSHA256");
  }

  /// @param context what must be the same when it is opened; not kept
  public byte[] seal(byte[] plain, byte[] context) {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, sealing, new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(context);
      byte[] sealed = Arrays.copyOf(nonce, NONCE_BYTES + plain.length + TAG_BITS / 8);
      cipher.doFinal(plain, 0, plain.length, sealed, NONCE_BYTES);
      return sealed;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM is not available", e);
    }
  }

  /// @throws IllegalStateException if it was sealed with another key or context, or was changed
  public byte[] open(byte[] sealed, byte[] context) {
    if (sealed.length < SEALED_EXTRA_BYTES) {
      throw new IllegalStateException("sealed bytes are cut off at " + sealed.length);
    }
    return opened(sealed, context)
        .orElseThrow(
            () -> new IllegalStateException("sealed bytes do not open with this key and context"));
  }

  /// Empty if it was sealed with another key or context, or was changed: these cannot be told
  /// apart.
  public Optional<byte[]> opened(byte[] sealed, byte[] context) {
    if (sealed.length < SEALED_EXTRA_BYTES) {
      return Optional.empty();
    }
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.DECRYPT_MODE, sealing, new GCMParameterSpec(TAG_BITS, sealed, 0, NONCE_BYTES));
      cipher.updateAAD(context);
      return Optional.of(cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM is not available", e);
    }
  }

  /// 32 bytes.
  ///
  /// @param purpose hashes of different purposes are not comparable
  public byte[] digest(String purpose, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(hashing);
      mac.update(purpose.getBytes(StandardCharsets.UTF_8));
      for (byte[] part : parts) {
        // Lengths between, or ("ab", "c") would hash as ("a", "bc").
        mac.update(
            new byte[] {
              (byte) (part.length >>> 24),
              (byte) (part.length >>> 16),
              (byte) (part.length >>> 8),
              (byte) part.length
            });
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA-256 is not available", e);
    }
  }

  /// Of texts.
  public byte[] digest(String purpose, String... parts) {
    byte[][] bytes = new byte[parts.length][];
    for (int i = 0; i < parts.length; i++) {
      bytes[i] = parts[i].getBytes(StandardCharsets.UTF_8);
    }
    return digest(purpose, bytes);
  }

  private static byte[] mac(SecretKeySpec key, byte[] input) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA-256 is not available", e);
    }
  }
}
