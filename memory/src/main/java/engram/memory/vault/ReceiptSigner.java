package engram.memory.vault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/// Signs receipts with a key of this installation, Ed25519 (RFC 8032), that lies in the key folder.
public final class ReceiptSigner {
  private static final String FILE = "receipts.key";

  private final PrivateKey privateKey;
  private final String publicKey;

  private ReceiptSigner(PrivateKey privateKey, String publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  /// @param folder of the [FileKeyVault]
  public static ReceiptSigner open(Path folder) {
    Path file = folder.resolve(FILE);
    try {
      if (!Files.exists(file)) {
        KeyPair made = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Base64.Encoder base64 = Base64.getEncoder();
        String lines =
            base64.encodeToString(made.getPrivate().getEncoded())
                + "\n"
                + base64.encodeToString(made.getPublic().getEncoded())
                + "\n";
        FileKeyVault.create(file, lines.getBytes(StandardCharsets.US_ASCII));
      }
      List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
      byte[] key = Base64.getDecoder().decode(lines.get(0));
      PrivateKey read =
          KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(key));
      return new ReceiptSigner(read, lines.get(1));
    } catch (IOException e) {
      throw new UncheckedIOException("The key of receipts " + file + " cannot be read", e);
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IllegalStateException("The key of receipts " + file + " is damaged", e);
    }
  }

  /// X.509, in Base64.
  public String publicKey() {
    return publicKey;
  }

  public byte[] sign(String text) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(privateKey);
      signature.update(text.getBytes(StandardCharsets.UTF_8));
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("A receipt cannot be signed", e);
    }
  }

  /// Whether a signature is that of a text; false too for what is no key or no signature.
  public static boolean verify(String text, String signature, String publicKey) {
    try {
      PublicKey key =
          KeyFactory.getInstance("Ed25519")
              .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(publicKey)));
      Signature verifying = Signature.getInstance("Ed25519");
      verifying.initVerify(key);
      verifying.update(text.getBytes(StandardCharsets.UTF_8));
      return verifying.verify(Base64.getDecoder().decode(signature));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }
}
