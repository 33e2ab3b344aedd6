package engram.inference.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Checksums as a hub gives them: SHA-256 of large files, git's hash of small ones.
final class Digests {
  static final String SHA256 = "sha256:";
  static final String BLOB = "blob:";

  private Digests() {}

  static boolean matches(Path file, String digest) throws IOException {
    boolean large = digest.startsWith(SHA256);
    MessageDigest hash = algorithm(large ? "SHA-256" : "SHA-1");
    if (!large) {
      String header = "blob " + Files.size(file) + "\0";
      hash.update(header.getBytes(StandardCharsets.US_ASCII));
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        hash.update(buffer, 0, read);
      }
    }
    String expected = digest.substring(digest.indexOf(':') + 1);
    return HexFormat.of().formatHex(hash.digest()).equalsIgnoreCase(expected);
  }

  private static MessageDigest algorithm(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }
}
